import { type Point, area, intersection, type Region, type Size } from '../imaging/geometry.js';
import { luma } from '../imaging/sample-image.js';
import { type FivePoints } from './align-face.js';

/** Why a face should be neither enrolled nor identified. */
export type FaceFlaw = 'too small' | 'out of frame' | 'turned away' | 'blurred';

interface FaceQuality {
  /** 0 to 1, from size, sharpness and pose. */
  readonly quality: number;
  readonly flaw: FaceFlaw | null;
}

/**
 * Each measure scores 0 at `none` and 1 at `full`, linear in between; beyond `flaw` the face has a flaw.
 * Chosen by the share of faces still recognised at the threshold, with the default packs, on
 * photographs that were shrunk or blurred: 98 % with an eye distance of 17 px, 93 % at 10 px, 69 % at
 * 8.5 px, 30 % at 7 px; 97 % at a median sharpness of 13, 73 % at 4, 12 % at 2. Turned heads lose little
 * until the nose leaves the outline of the face.
 */
const MEASURES = {
  /** Distance between the eyes, pixels of the picture. */
  eyes: { none: 0, full: 20, flaw: 8 },
  /** Variance of the Laplacian of the aligned crop. */
  sharpness: { none: 0, full: 30, flaw: 3 },
  /** HeadPose.sideways */
  sideways: { none: 1, full: 0.3, flaw: 0.7 },
  /** HeadPose.upOrDown */
  upOrDown: { none: 1, full: 0.3, flaw: 0.5 },
} as const;

/** Minimum share of the box that lies inside the picture. */
const MIN_IN_FRAME = 0.75;

/**
 * Rates how well a face can be recognised. All coordinates are pixels of the picture.
 * @param box may extend beyond the picture
 * @param sharpness of the aligned crop, see `sharpness`
 */
export function assessFace(
  box: Region,
  landmarks: FivePoints,
  sharpness: number,
  picture: Size,
): FaceQuality {
  const [leftEye, rightEye] = landmarks;
  const eyes = Math.hypot(rightEye[0] - leftEye[0], rightEye[1] - leftEye[1]);
  const { sideways, upOrDown } = headPose(landmarks);
  const inFrame = intersection(box, { x: 0, y: 0, ...picture }) / area(box);
  const product =
    score(eyes, MEASURES.eyes) *
    score(sharpness, MEASURES.sharpness) *
    score(sideways, MEASURES.sideways) *
    score(upOrDown, MEASURES.upOrDown);
  const flaws: [FaceFlaw, boolean][] = [
    ['too small', eyes < MEASURES.eyes.flaw],
    ['out of frame', inFrame < MIN_IN_FRAME],
    ['turned away', sideways > MEASURES.sideways.flaw || upOrDown > MEASURES.upOrDown.flaw],
    ['blurred', sharpness < MEASURES.sharpness.flaw],
  ];
  // Geometric mean of four factors between 0 and 1.
  return { quality: product ** 0.25, flaw: flaws.find(([, applies]) => applies)?.[0] ?? null };
}

function score(value: number, { none, full }: { none: number; full: number }): number {
  return Math.min(1, Math.max(0, (value - none) / (full - none)));
}

/**
 * How far a head is turned, from the position of the nose between the eyes and the mouth. Does not
 * depend on in-plane rotation.
 */
interface HeadPose {
  /** 0 when the nose is halfway between left and right, 0.5 when it is level with one side, more beyond. */
  readonly sideways: number;
  /** 0 when the nose is halfway between eyes and mouth, 0.5 when it is level with one of them, more beyond. */
  readonly upOrDown: number;
}

export function headPose([leftEye, rightEye, nose, leftMouth, rightMouth]: FivePoints): HeadPose {
  const acrossEyes = projection(leftEye, rightEye, nose);
  const acrossMouth = projection(leftMouth, rightMouth, nose);
  const down = projection(midpoint(leftEye, rightEye), midpoint(leftMouth, rightMouth), nose);
  return {
    sideways: Math.abs((acrossEyes + acrossMouth) / 2 - 0.5),
    upOrDown: Math.abs(down - 0.5),
  };
}

/** Projection of `point` on the line from `from` (0) to `to` (1). 10, far outside, when these coincide. */
function projection(from: Point, to: Point, point: Point): number {
  const [x, y] = [to[0] - from[0], to[1] - from[1]];
  const length = x * x + y * y;
  return length === 0 ? 10 : ((point[0] - from[0]) * x + (point[1] - from[1]) * y) / length;
}

function midpoint(a: Point, b: Point): Point {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

/**
 * Variance of the Laplacian of the luma of a crop: low when no edge is sharp (Pech-Pacheco et al.,
 * Diatom autofocusing in brightfield microscopy, 2000).
 * @param pixels rows of RGB triples, 0 to 255
 */
export function sharpness(pixels: Float32Array, width: number, height: number): number {
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = luma(pixels, i * 3);
  }
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let at = y * width + 1; at < (y + 1) * width - 1; at++) {
      const value =
        grey[at - 1]! + grey[at + 1]! + grey[at - width]! + grey[at + width]! - 4 * grey[at]!;
      sum += value;
      squares += value * value;
      count++;
    }
  }
  if (count === 0) return 0;
  const mean = sum / count;
  return squares / count - mean * mean;
}
