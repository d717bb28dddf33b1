import { type FivePoints, type Point } from '../detection/landmarks.js';

/** How a head is turned, from where its nose lies among eyes and mouth. Tilting it sideways changes nothing. */
export interface HeadPose {
  /** 1 when the nose is midway between the eyes, 0 when it is beside one of them or beyond. */
  readonly frontal: number;
  /** 1 when the nose is midway between eyes and mouth, 0 when it is level with either or beyond. */
  readonly level: number;
}

export function headPose([leftEye, rightEye, nose, leftMouth, rightMouth]: FivePoints): HeadPose {
  const acrossEyes = share(leftEye, rightEye, nose);
  const acrossMouth = share(leftMouth, rightMouth, nose);
  const down = share(middle(leftEye, rightEye), middle(leftMouth, rightMouth), nose);
  return {
    frontal: Math.min(centredness(acrossEyes), centredness(acrossMouth)),
    level: centredness(down),
  };
}

/** Where `point` falls on the way from `from` to `to`: 0 at `from`, 1 at `to`. */
function share(from: Point, to: Point, point: Point): number {
  const [x, y] = [to[0] - from[0], to[1] - from[1]];
  const length = x * x + y * y;
  return length === 0 ? 0 : ((point[0] - from[0]) * x + (point[1] - from[1]) * y) / length;
}

function middle(a: Point, b: Point): Point {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

function centredness(share: number): number {
  return Math.max(0, 1 - 2 * Math.abs(share - 0.5));
}
