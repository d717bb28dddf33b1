import { area, intersection, type Candidate } from './region.js';

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

function isSameFace(a: Candidate, b: Candidate, maxOverlap: number): boolean {
  const shared = intersection(a, b);
  if (shared === 0) return false;
  const [one, other] = [area(a), area(b)];
  return shared / (one + other - shared) > maxOverlap || shared / Math.min(one, other) > MAX_INSIDE;
}
