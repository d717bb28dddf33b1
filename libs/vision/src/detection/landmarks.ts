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
 * The landmark network looks at the detector's box, drawn as wide as high, as its publisher shows it
 * (fr_landmark.js of faceplugin-face-recognition-js): measured in docs/decisions/008.
 */
export function landmarkMap(box: Region, input: Size): AffineMap {
  return ontoRectangle(input, box);
}

/**
 * The five points that faces are aligned by, from the 68 of iBUG 300-W
 * (https://ibug.doc.ic.ac.uk/resources/facial-point-annotations/), numbered from 0.
 * @param shares x and y per point, as shares of the network's input
 * @param map input pixels to picture pixels
 * @returns picture pixels
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
 * Shows the landmark network a tilted face upright, as it would lie in the detector's box. How much it
 * leans is told from all five points: seen from the side, the line between the eyes tells nothing.
 * @param landmarks rough ones, of the first look
 * @returns null when the face leans too little to gain by it, or the landmarks are no face's
 */
export function uprightMap(landmarks: FivePoints, { width, height }: Size): AffineMap | null {
  const points = IN_BOX.map(([x, y]): Point => [x * width - 0.5, y * height - 0.5]);
  const map = alignFace(landmarks, { points, stretch: width / height / BOX_ASPECT });
  if (!map) return null;
  const tilt = Math.abs(Math.atan2(map.c, map.a));
  return tilt > (MAX_TILT * Math.PI) / 180 ? map : null;
}

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
