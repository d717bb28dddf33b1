import { alignFace } from '../alignment/align-face.js';
import { type AffineMap } from '../imaging/affine-map.js';
import { type FivePoints, type Point } from './landmarks.js';

/**
 * Where the five points of an upright face lie in the detector's box: means over photographs, as shares
 * of its width and height.
 */
const IN_BOX: readonly Point[] = [
  [0.29, 0.4],
  [0.71, 0.4],
  [0.5, 0.58],
  [0.32, 0.745],
  [0.68, 0.745],
];
/** Width of the detector's boxes by their height. */
const BOX_ASPECT = 0.7;
/** Degrees. A second look at faces that lean less places the points no better (docs/decisions/008). */
const MAX_TILT = 15;

/**
 * Shows the landmark network a tilted face upright, as it would lie in the detector's box. How much it
 * leans is told from all five points: seen from the side, the line between the eyes tells nothing.
 * @param landmarks rough ones, of the first look
 * @returns null when the face leans too little to gain by it, or the landmarks are no face's
 */
export function uprightMap(
  landmarks: FivePoints,
  { width, height }: { readonly width: number; readonly height: number },
): AffineMap | null {
  const points = IN_BOX.map(([x, y]): Point => [x * width - 0.5, y * height - 0.5]);
  const map = alignFace(landmarks, { points, stretch: width / height / BOX_ASPECT });
  if (!map) return null;
  const tilt = Math.abs(Math.atan2(map.c, map.a));
  return tilt > (MAX_TILT * Math.PI) / 180 ? map : null;
}
