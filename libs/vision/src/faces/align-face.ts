import { type AffineMap, type Point } from '../imaging/geometry.js';

/** Left eye, right eye, nose tip, left and right mouth corner; left and right as the viewer sees them. */
export type FivePoints = readonly [Point, Point, Point, Point, Point];

/** Position of a face in the input of a network. */
interface AlignmentTemplate {
  /** Target positions of the five points, pixels of the input. (0, 0) is the centre of the first pixel. */
  readonly points: readonly Point[];
  /** Factor by which the face is stretched horizontally. Default 1. */
  readonly stretch?: number | undefined;
}

/**
 * Maps each pixel of an aligned crop to the picture.
 * @returns null when the landmarks cannot be those of a face
 */
export function alignFace(
  landmarks: FivePoints,
  { points, stretch = 1 }: AlignmentTemplate,
): AffineMap | null {
  const unstretched = points.map(([x, y]): Point => [(x + 0.5) / stretch, y + 0.5]);
  const toCrop = similarityTransform(landmarks, unstretched);
  if (!toCrop) return null;
  const toPicture = invert(toCrop);
  return { ...toPicture, a: toPicture.a / stretch, c: toPicture.c / stretch };
}

/**
 * The rotation, uniform scale and shift that map `from` to `to` with the least squared error (Umeyama,
 * Least-Squares Estimation of Transformation Parameters Between Two Point Patterns, 1991; two
 * dimensions, no reflection).
 * @returns null when all points of `from` or of `to` coincide: then there is no such transform
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
    a,
    b: -c,
    tx: toX - a * fromX + c * fromY,
    c,
    d: a,
    ty: toY - c * fromX - a * fromY,
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

function invert({ a, b, tx, c, d, ty }: AffineMap): AffineMap {
  const determinant = a * d - b * c;
  return {
    a: d / determinant,
    b: -b / determinant,
    tx: (b * ty - d * tx) / determinant,
    c: -c / determinant,
    d: a / determinant,
    ty: (c * tx - a * ty) / determinant,
  };
}
