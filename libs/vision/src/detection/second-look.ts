import { overlap, type Candidate, type Region } from './region.js';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** How tall a small face is made for the second looks at it, pixels of the network's input. */
const LOOK_HEIGHTS = [24, 32, 48] as const;
const MIN_LOOK_SCORE = 0.9;
const MIN_LOOK_OVERLAP = 0.4;
/** A true face that one look misses is seen by the others; a false one by one at most. */
const MIN_LOOKS = 2;

/**
 * Parts of the picture to look at a small face in again, at other scales than it was found at: hair
 * or cloth that looks like a face at one scale does not at others. Measured on group photographs at
 * six scales: 14 false faces become none and hardly a true one is lost, while asking for a higher score
 * the first time loses half of the 24 to 32 px faces before the last false one.
 */
export function secondLooks(box: Region, picture: Size, input: Size): Region[] {
  return LOOK_HEIGHTS.map((faceHeight) => {
    const width = (box.height * input.width) / faceHeight;
    const height = (box.height * input.height) / faceHeight;
    const left = Math.max(0, box.x + (box.width - width) / 2);
    const top = Math.max(0, box.y + (box.height - height) / 2);
    return {
      ...{ x: left, width: Math.min(picture.width, left + width) - left },
      ...{ y: top, height: Math.min(picture.height, top + height) - top },
    };
  });
}

/** Whether enough of the looks, each with what it shows, show the face where it was found. */
export function confirms(looks: readonly (readonly Candidate[])[], box: Region): boolean {
  const isIt = (candidate: Candidate) =>
    candidate.score >= MIN_LOOK_SCORE && overlap(candidate, box) > MIN_LOOK_OVERLAP;
  return looks.filter((seen) => seen.some(isIt)).length >= MIN_LOOKS;
}
