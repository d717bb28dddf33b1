import { area, intersection, overlap, type Region, type Size } from '../imaging/geometry.js';

/** A box that the detector reports as a face. */
export interface Candidate extends Region {
  /** 0 to 1. */
  readonly score: number;
}

/**
 * Decodes the outputs of an Ultra-Light (RFB-320) detector for one item of a batch.
 * @param scores per anchor: background, face
 * @param boxes per anchor: left, top, right, bottom as fractions of the input size
 * @returns boxes with a score of at least `minScore`, in pixels of the input
 */
export function decodeBoxes(
  scores: Float32Array,
  boxes: Float32Array,
  input: Size,
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

/**
 * Non-maximum suppression: one box per face, highest score first. Removes a box that overlaps a kept
 * one by more than `maxOverlap` (intersection over union) or lies mostly inside it.
 */
export function suppressNonMaxima(
  candidates: readonly Candidate[],
  maxOverlap: number,
): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of [...candidates].sort((a, b) => b.score - a.score)) {
    if (!kept.some((other) => isSameFace(other, candidate, maxOverlap))) kept.push(candidate);
  }
  return kept;
}

/** Whether two boxes overlap so much that they are of one face. */
export function isSameFace(a: Region, b: Region, maxOverlap: number): boolean {
  const inside = intersection(a, b) / Math.min(area(a), area(b));
  return overlap(a, b) > maxOverlap || inside > MAX_INSIDE;
}

/** A box with a larger share of its area inside another box is part of the same face at another scale. */
const MAX_INSIDE = 0.7;
