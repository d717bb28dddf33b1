import { type ScoredPairs } from './scored-pairs.js';

/** A threshold that keeps the share of accepted strangers at or below a rate. */
export interface OperatingPoint {
  readonly falseAcceptRate: number;
  /** Lowest score that is accepted. */
  readonly threshold: number;
  /** Share of same-person pairs that reach it. */
  readonly trueAcceptRate: number;
}

/** Strangers that a rate has to accept in the data: fewer say too little about where it lies. */
const LEAST_ACCEPTED = 10;

/** Thresholds are rounded up to so many digits. */
const PRECISION = 1e4;

/**
 * The points of the rates that the pairs suffice for.
 * @returns in the order of the rates
 */
export function operatingPoints(
  { genuine, impostor }: ScoredPairs,
  falseAcceptRates: readonly number[],
): OperatingPoint[] {
  const possible = falseAcceptRates.filter((rate) => impostor.scores.length >= pairsNeeded(rate));
  if (genuine.scores.length === 0 || possible.length === 0) return [];
  const strangers = descending(impostor.scores);
  return possible.map((falseAcceptRate) => {
    const threshold = thresholdFor(strangers, falseAcceptRate);
    return { falseAcceptRate, threshold, trueAcceptRate: shareAtLeast(genuine.scores, threshold) };
  });
}

/** Pairs of strangers that it takes to find the threshold of a rate. */
export function pairsNeeded(falseAcceptRate: number): number {
  return Math.ceil(LEAST_ACCEPTED / falseAcceptRate);
}

export function shareAtLeast(scores: Float32Array, threshold: number): number {
  const accepted = scores.reduce((count, score) => count + Number(score >= threshold), 0);
  return accepted / scores.length;
}

/**
 * Just above the first stranger who must be turned away, halfway to the next more alike one.
 * @param strangers scores, highest first
 */
function thresholdFor(strangers: Float32Array, falseAcceptRate: number): number {
  const turnedAway = strangers[Math.floor(falseAcceptRate * strangers.length)]!;
  const above = strangers.findLast((score) => score > turnedAway) ?? turnedAway;
  const halfway = Math.ceil(((turnedAway + above) / 2) * PRECISION) / PRECISION;
  return halfway > turnedAway ? halfway : halfway + 1 / PRECISION;
}

/** Highest first: a copy. */
function descending(scores: Float32Array): Float32Array {
  return scores.toSorted().reverse();
}
