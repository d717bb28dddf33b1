import { area, intersection, overlap, type Candidate, type Region } from './region.js';

/** A box this much inside another is a part of the same face, seen at another scale. */
const MAX_INSIDE = 0.7;

/**
 * One box per face: best score first, without boxes that overlap a kept one by more than
 * `maxOverlap` (intersection over union) or lie mostly inside one.
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

/** Whether two boxes overlap as boxes of one face do. */
export function isSameFace(a: Region, b: Region, maxOverlap: number): boolean {
  const inside = intersection(a, b) / Math.min(area(a), area(b));
  return overlap(a, b) > maxOverlap || inside > MAX_INSIDE;
}
