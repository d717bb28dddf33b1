import { type Candidate } from './region.js';

/**
 * Reads an Ultra-Light (RFB-320) detector's outputs for one item of a batch.
 * @param scores per anchor: background, face
 * @param boxes per anchor: left, top, right, bottom as shares of the input
 * @returns boxes of at least `minScore`, in input pixels
 */
export function decodeBoxes(
  scores: Float32Array,
  boxes: Float32Array,
  input: { readonly width: number; readonly height: number },
  minScore: number,
): Candidate[] {
  const found: Candidate[] = [];
  for (let anchor = 0; anchor * 2 < scores.length; anchor++) {
    const score = scores[anchor * 2 + 1]!;
    if (!(score >= minScore)) continue;
    const at = anchor * 4;
    const x = boxes[at]! * input.width;
    const y = boxes[at + 1]! * input.height;
    const width = boxes[at + 2]! * input.width - x;
    const height = boxes[at + 3]! * input.height - y;
    if (width > 0 && height > 0) found.push({ x, y, width, height, score: Math.min(1, score) });
  }
  return found;
}
