import { type Point } from '../detection/landmarks.js';
import { type AffineMap } from '../imaging/affine-map.js';

/**
 * Rotation, uniform scale and shift that bring `from` closest to `to` (least squares; Umeyama 1991,
 * in the plane, without reflection).
 * @returns null when the points of `from` or of `to` fall together, so that there is no such transform
 */
export function similarityTransform(
  from: readonly Point[],
  to: readonly Point[],
): AffineMap | null {
  const [fromX, fromY] = centre(from);
  const [toX, toY] = centre(to);
  let cosine = 0;
  let sine = 0;
  let spread = 0;
  for (const [index, [px, py]] of from.entries()) {
    const [x, y] = [px - fromX, py - fromY];
    const [u, v] = [to[index]![0] - toX, to[index]![1] - toY];
    cosine += x * u + y * v;
    sine += x * v - y * u;
    spread += x * x + y * y;
  }
  const a = cosine / spread;
  const c = sine / spread;
  if (!(a * a + c * c > 0) || !Number.isFinite(a) || !Number.isFinite(c)) return null;
  return {
    ...{ a, b: -c, tx: toX - a * fromX + c * fromY },
    ...{ c, d: a, ty: toY - c * fromX - a * fromY },
  };
}

function centre(points: readonly Point[]): Point {
  let [x, y] = [0, 0];
  for (const point of points) {
    x += point[0] / points.length;
    y += point[1] / points.length;
  }
  return [x, y];
}
