import { type FivePoints } from '../detection/landmarks.js';
import { area, intersection, type Region } from '../detection/region.js';
import { headPose } from './head-pose.js';

/** Why a face should not be enrolled or answered for. */
export type FaceFlaw = 'too small' | 'out of frame' | 'turned away' | 'blurred';

export interface FaceQuality {
  /** 0 to 1: size, sharpness and pose together. */
  readonly quality: number;
  readonly flaw: FaceFlaw | null;
}

/** Distance between the eyes, pixels of the picture: below the first unusable, from the second on all there is. */
const EYES = { least: 10, full: 40 } as const;
/** Variance of the aligned crop's Laplacian. */
const SHARPNESS = { least: 4, full: 60 } as const;
/** Centredness of the nose between the eyes. */
const FRONTAL = { least: 0.1, full: 0.6 } as const;
const LEVEL = { least: 0.1, full: 0.5 } as const;
/** Share of the box that lies in the picture. */
const MIN_IN_FRAME = 0.75;

/** How usable a face is; everything in pixels of the picture. */
export function assessFace(
  box: Region,
  landmarks: FivePoints,
  sharpness: number,
  picture: { readonly width: number; readonly height: number },
): FaceQuality {
  const [leftEye, rightEye] = landmarks;
  const eyes = Math.hypot(rightEye[0] - leftEye[0], rightEye[1] - leftEye[1]);
  const pose = headPose(landmarks);
  const inFrame = intersection(box, { x: 0, y: 0, ...picture }) / area(box);
  const quality =
    ramp(eyes, { least: 0, full: EYES.full }) *
    ramp(sharpness, { least: 0, full: SHARPNESS.full }) *
    ramp(pose.frontal, { least: 0, full: FRONTAL.full }) *
    ramp(pose.level, { least: 0, full: LEVEL.full });
  const flaws: [FaceFlaw, boolean][] = [
    ['too small', eyes < EYES.least],
    ['out of frame', inFrame < MIN_IN_FRAME],
    ['turned away', pose.frontal < FRONTAL.least || pose.level < LEVEL.least],
    ['blurred', sharpness < SHARPNESS.least],
  ];
  // Of four factors, each 0 to 1, the geometric mean keeps to the same scale.
  return { quality: quality ** 0.25, flaw: flaws.find(([, applies]) => applies)?.[0] ?? null };
}

function ramp(value: number, { least, full }: { least: number; full: number }): number {
  return Math.min(1, Math.max(0, (value - least) / (full - least)));
}
