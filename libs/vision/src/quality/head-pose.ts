import { type FivePoints, type Point } from '../detection/landmarks.js';

/** How far a head is turned, from where its nose lies among eyes and mouth. Tilting it sideways changes nothing. */
export interface HeadPose {
  /** 0 when the nose is midway between left and right, 0.5 when level with one side, more beyond. */
  readonly sideways: number;
  /** 0 when the nose is midway between eyes and mouth, 0.5 when level with either, more beyond. */
  readonly upOrDown: number;
}

export function headPose([leftEye, rightEye, nose, leftMouth, rightMouth]: FivePoints): HeadPose {
  const acrossEyes = share(leftEye, rightEye, nose);
  const acrossMouth = share(leftMouth, rightMouth, nose);
  const down = share(middle(leftEye, rightEye), middle(leftMouth, rightMouth), nose);
  return {
    sideways: Math.abs((acrossEyes + acrossMouth) / 2 - 0.5),
    upOrDown: Math.abs(down - 0.5),
  };
}

/** Where `point` falls on the way from `from` to `to`: 0 at `from`, 1 at `to`. Far off when they coincide. */
function share(from: Point, to: Point, point: Point): number {
  const [x, y] = [to[0] - from[0], to[1] - from[1]];
  const length = x * x + y * y;
  return length === 0 ? 10 : ((point[0] - from[0]) * x + (point[1] - from[1]) * y) / length;
}

function middle(a: Point, b: Point): Point {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}
