import { type FivePoints, type Point } from '../detection/landmarks.js';
import { type AffineMap } from '../imaging/affine-map.js';
import { similarityTransform } from './similarity-transform.js';

/** How a network wants a face to lie in its input. */
export interface AlignmentTemplate {
  /** Where the five points go, pixels of the input, counted by their centres: (0, 0) is the middle of the first. */
  readonly points: readonly Point[];
  /** How much wider than it is the face is drawn; 1 unless given. */
  readonly stretch?: number | undefined;
}

/**
 * Where each pixel of an aligned crop lies in the picture.
 * @returns null when the landmarks are no face's
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

function invert({ a, b, tx, c, d, ty }: AffineMap): AffineMap {
  const determinant = a * d - b * c;
  return {
    ...{ a: d / determinant, b: -b / determinant, tx: (b * ty - d * tx) / determinant },
    ...{ c: -c / determinant, d: a / determinant, ty: (c * tx - a * ty) / determinant },
  };
}
