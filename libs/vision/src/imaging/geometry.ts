/**
 * Sizes, points, boxes and affine maps. Coordinates are in pixels, x to the right and y down, and may
 * be fractions.
 */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [number, number];

/** A rectangle in pixels; x and y are its top left corner. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Area that two rectangles share, square pixels. */
export function intersection(a: Region, b: Region): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

export function area(region: Region): number {
  return region.width * region.height;
}

/** Intersection over union (IoU): 0 when the rectangles are disjoint, 1 when they are equal. */
export function overlap(a: Region, b: Region): number {
  const shared = intersection(a, b);
  return shared / (area(a) + area(b) - shared);
}

/** Converts a box from pixels of the decoded picture to pixels of the original. */
export function enlargeBox(box: Region, decoded: Size, original: Size): Region {
  const x = original.width / decoded.width;
  const y = original.height / decoded.height;
  return { x: box.x * x, y: box.y * y, width: box.width * x, height: box.height * y };
}

/** Clips a box to the picture. The result is at least one pixel wide and high. */
export function withinPicture(box: Region, picture: Size): Region {
  const x = Math.min(Math.max(0, box.x), picture.width - 1);
  const y = Math.min(Math.max(0, box.y), picture.height - 1);
  return {
    x,
    width: Math.max(1, Math.min(box.x + box.width, picture.width) - x),
    y,
    height: Math.max(1, Math.min(box.y + box.height, picture.height) - y),
  };
}

/**
 * Maps points (x, y) to (a·x + b·y + tx, c·x + d·y + ty). The centre of pixel (0, 0) is (0.5, 0.5), so
 * that scaling does not shift a picture.
 */
export interface AffineMap {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly c: number;
  readonly d: number;
  readonly ty: number;
}

/** The map of a rectangle of size `from` at (0, 0) onto `to`. */
export function ontoRectangle(from: Size, to: Region): AffineMap {
  return {
    a: to.width / from.width,
    b: 0,
    tx: to.x,
    c: 0,
    d: to.height / from.height,
    ty: to.y,
  };
}

export function applyMap(map: AffineMap, x: number, y: number): Point {
  return [map.a * x + map.b * y + map.tx, map.c * x + map.d * y + map.ty];
}

/** The same map for a target picture that is `x` times as wide and `y` times as high. */
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
