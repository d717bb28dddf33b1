import { type FivePoints, type Point } from './landmarks.js';
import { type Region } from './region.js';

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
    ...{ x, width: Math.max(1, Math.min(box.x + box.width, picture.width) - x) },
    ...{ y, height: Math.max(1, Math.min(box.y + box.height, picture.height) - y) },
  };
}

function scales(decoded: Size, original: Size): [number, number] {
  return [original.width / decoded.width, original.height / decoded.height];
}
