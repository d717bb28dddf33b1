import { type FivePoints, type Point } from '../detection/landmarks.js';
import { type AffineMap } from '../imaging/affine-map.js';
import { similarityTransform } from './similarity-transform.js';

/**
 * Where each pixel of an aligned crop lies in the picture.
 * @param template where the pack wants the five points, pixels of its input
 * @returns null when the landmarks are no face's
 */
export function alignFace(landmarks: FivePoints, template: readonly Point[]): AffineMap | null {
  const toCrop = similarityTransform(landmarks, centres(template));
  return toCrop && invert(toCrop);
}

/** Templates count pixels by their centres: (0, 0) is the middle of the first. */
function centres(points: readonly Point[]): Point[] {
  return points.map(([x, y]) => [x + 0.5, y + 0.5]);
}

function invert({ a, b, tx, c, d, ty }: AffineMap): AffineMap {
  const determinant = a * d - b * c;
  return {
    ...{ a: d / determinant, b: -b / determinant, tx: (b * ty - d * tx) / determinant },
    ...{ c: -c / determinant, d: a / determinant, ty: (c * tx - a * ty) / determinant },
  };
}
