/** Chooses thresholds for given false accept rates. */
import { type ScoredPairs } from './scored-pairs.js';

/** A threshold at which the false accept rate is at most the requested one. */
export interface OperatingPoint {
  readonly falseAcceptRate: number;
  /** Minimum accepted score. */
  readonly threshold: number;
  /** Share of genuine pairs with at least this score. */
  readonly trueAcceptRate: number;
}

/** Minimum number of accepted impostor pairs. With fewer, the threshold would be too uncertain. */
const MIN_ACCEPTED = 10;

/** Thresholds are rounded up to multiples of 1 / PRECISION. */
const PRECISION = 1e4;

/**
 * Operating points for the rates for which there are enough pairs.
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

/** Number of impostor pairs needed to find the threshold for a rate. */
export function pairsNeeded(falseAcceptRate: number): number {
  return Math.ceil(MIN_ACCEPTED / falseAcceptRate);
}

/** Share of scores that are at least `threshold`. */
export function shareAtLeast(scores: Float32Array, threshold: number): number {
  const accepted = scores.reduce((count, score) => count + Number(score >= threshold), 0);
  return accepted / scores.length;
}

/**
 * Halfway between the highest impostor score that must be rejected and the next higher one.
 * @param strangers impostor scores, highest first
 */
function thresholdFor(strangers: Float32Array, falseAcceptRate: number): number {
  const rejected = strangers[Math.floor(falseAcceptRate * strangers.length)]!;
  const above = strangers.findLast((score) => score > rejected) ?? rejected;
  const halfway = Math.ceil(((rejected + above) / 2) * PRECISION) / PRECISION;
  return halfway > rejected ? halfway : halfway + 1 / PRECISION;
}

/** A sorted copy, highest first. */
function descending(scores: Float32Array): Float32Array {
  return scores.toSorted().reverse();
}
