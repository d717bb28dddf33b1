import { alignFace, type FivePoints } from '../faces/align-face.js';
import {
  type AffineMap,
  applyMap,
  ontoRectangle,
  type Point,
  type Region,
  type Size,
} from '../imaging/geometry.js';

/**
 * Maps the input of the landmark network to the box of the detector, stretched to a square, as the
 * publisher of the network does (fr_landmark.js of faceplugin-face-recognition-js). Measured in
 * docs/decisions/008.
 */
export function landmarkMap(box: Region, input: Size): AffineMap {
  return ontoRectangle(input, box);
}

/**
 * Reduces the 68 points of iBUG 300-W
 * (https://ibug.doc.ic.ac.uk/resources/facial-point-annotations/), numbered from 0, to the five points
 * that alignment uses.
 * @param shares x and y per point, as fractions of the input size
 * @param map maps input pixels to picture pixels
 * @returns pixels of the picture
 */
export function fivePoints(shares: Float32Array, input: Size, map: AffineMap): FivePoints {
  const mean = (...points: number[]): Point => {
    let [x, y] = [0, 0];
    for (const point of points) {
      x += shares[point * 2]! / points.length;
      y += shares[point * 2 + 1]! / points.length;
    }
    return applyMap(map, x * input.width, y * input.height);
  };
  return [mean(36, 37, 38, 39, 40, 41), mean(42, 43, 44, 45, 46, 47), mean(30), mean(48), mean(54)];
}

/**
 * Maps the input of the landmark network to a tilted face so that the network sees it upright, as in a
 * box of the detector. The tilt is measured with all five points, because in a profile the line between
 * the eyes says nothing about the tilt.
 * @param landmarks rough ones, from the first pass
 * @returns null when the tilt is too small to matter, or the landmarks cannot be those of a face
 */
export function uprightMap(landmarks: FivePoints, { width, height }: Size): AffineMap | null {
  const points = IN_BOX.map(([x, y]): Point => [x * width - 0.5, y * height - 0.5]);
  const map = alignFace(landmarks, { points, stretch: width / height / BOX_ASPECT });
  if (!map) return null;
  const tilt = Math.abs(Math.atan2(map.c, map.a));
  return tilt > (MAX_TILT * Math.PI) / 180 ? map : null;
}

/**
 * Mean position of the five points of an upright face in a box of the detector, measured on
 * photographs, as fractions of its width and height.
 */
const IN_BOX: readonly Point[] = [
  [0.29, 0.4],
  [0.71, 0.4],
  [0.5, 0.58],
  [0.32, 0.745],
  [0.68, 0.745],
];

/** Typical width of a detector box divided by its height. */
const BOX_ASPECT = 0.7;
/** Degrees. Below this tilt a second pass does not improve the points (docs/decisions/008). */
const MAX_TILT = 15;

/** Converts points from pixels of the decoded picture to pixels of the original. */
export function enlargePoints(points: FivePoints, decoded: Size, original: Size): FivePoints {
  const x = original.width / decoded.width;
  const y = original.height / decoded.height;
  const enlarge = ([px, py]: Point): Point => [px * x, py * y];
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = points;
  return [
    enlarge(leftEye),
    enlarge(rightEye),
    enlarge(nose),
    enlarge(leftMouth),
    enlarge(rightMouth),
  ];
}
