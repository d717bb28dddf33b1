import { type AffineMap, applyMap, ontoRectangle } from '../imaging/affine-map.js';
import { type Region } from './boxes.js';

export type Point = readonly [number, number];
/** Left eye, right eye, nose tip, left and right mouth corner, as the viewer sees them. */
export type FivePoints = readonly [Point, Point, Point, Point, Point];

/**
 * The landmark network looks at the detector's box, drawn as wide as high, as its publisher shows it
 * (fr_landmark.js of faceplugin-face-recognition-js): measured in docs/decisions/008.
 */
export function landmarkMap(
  box: Region,
  input: { readonly width: number; readonly height: number },
): AffineMap {
  return ontoRectangle(input, box);
}

/**
 * The five points that faces are aligned by, from the 68 of iBUG 300-W
 * (https://ibug.doc.ic.ac.uk/resources/facial-point-annotations/), numbered from 0.
 * @param shares x and y per point, as shares of the network's input
 * @param map input pixels to picture pixels
 * @returns picture pixels
 */
export function fivePoints(
  shares: Float32Array,
  input: { readonly width: number; readonly height: number },
  map: AffineMap,
): FivePoints {
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

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A box of the decoded picture in pixels of the original. */
export function enlargeBox(box: Region, decoded: Size, original: Size): Region {
  const [x, y] = scales(decoded, original);
  return { x: box.x * x, y: box.y * y, width: box.width * x, height: box.height * y };
}

export function enlargePoints(points: FivePoints, decoded: Size, original: Size): FivePoints {
  const [x, y] = scales(decoded, original);
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

/** The part of a box that lies in the picture, at least a pixel of it. */
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

function scales(decoded: Size, original: Size): [number, number] {
  return [original.width / decoded.width, original.height / decoded.height];
}
