import { type ScoredPairs } from '#models/accuracy/scored-pairs.js';

/** Share of scores that are greater. @param ascending sorted, lowest first */
export function shareAbove(ascending: Float32Array, score: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > score) high = middle;
    else low = middle + 1;
  }
  return (ascending.length - low) / ascending.length;
}

/**
 * The rate at the threshold where the share of accepted strangers equals the share of rejected same-person pairs.
 */
export function equalErrorRate({ genuine, impostor }: ScoredPairs): number {
  const same = genuine.scores.toSorted();
  const strangers = impostor.scores.toSorted();
  for (const [rejected, score] of same.entries()) {
    // With the threshold just above this score, one more is rejected.
    const falseAccepts = shareAbove(strangers, score);
    if ((rejected + 1) / same.length >= falseAccepts) {
      return Math.max(rejected / same.length, falseAccepts);
    }
  }
  return Number.NaN;
}

export interface RocPoint {
  readonly falseAcceptRate: number;
  readonly trueAcceptRate: number;
}

const POINTS_PER_DECADE = 40;
/** With fewer accepted strangers the false-accept rate is not reliable. */
const LEAST_ACCEPTED = 10;

/** Points of the ROC curve in equal logarithmic steps of the false-accept rate, from ten accepted strangers on. */
export function rocCurve({ genuine, impostor }: ScoredPairs): RocPoint[] {
  const same = genuine.scores.toSorted();
  const strangers = impostor.scores.toSorted();
  const total = strangers.length;
  const steps = Math.ceil(Math.log10(total / LEAST_ACCEPTED) * POINTS_PER_DECADE);
  const counts = Array.from({ length: steps }, (_, step) =>
    Math.round(LEAST_ACCEPTED * 10 ** (step / POINTS_PER_DECADE)),
  );
  return [...new Set([...counts.filter((accepted) => accepted < total), total])].map(
    (accepted) => ({
      falseAcceptRate: accepted / total,
      // All pairs with a higher score than the first stranger who is rejected.
      trueAcceptRate: accepted === total ? 1 : shareAbove(same, strangers[total - 1 - accepted]!),
    }),
  );
}
