/**
 * Maps points (x, y) to (a·x + b·y + tx, c·x + d·y + ty). Pixel (0, 0) has its centre at (0.5, 0.5),
 * so a map does not shift what it scales.
 */
export interface AffineMap {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly c: number;
  readonly d: number;
  readonly ty: number;
}

/** Maps the rectangle `from`, which starts at (0, 0), onto `to`. */
export function ontoRectangle(
  from: { readonly width: number; readonly height: number },
  to: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): AffineMap {
  return {
    a: to.width / from.width,
    b: 0,
    tx: to.x,
    c: 0,
    d: to.height / from.height,
    ty: to.y,
  };
}

export function applyMap(map: AffineMap, x: number, y: number): [number, number] {
  return [map.a * x + map.b * y + map.tx, map.c * x + map.d * y + map.ty];
}

/** The same map onto a picture that is `x` times as wide and `y` times as high. */
export function scaleTarget(map: AffineMap, x: number, y: number): AffineMap {
  return {
    a: map.a * x,
    b: map.b * x,
    tx: map.tx * x,
    c: map.c * y,
    d: map.d * y,
    ty: map.ty * y,
  };
}
