import { operatingPoints } from '../accuracy/operating-point.js';
import { type Interval, PeopleBootstrap } from '../accuracy/people-bootstrap.js';
import { type ScoredPairs } from '../accuracy/scored-pairs.js';
import { FALSE_ACCEPT_RATES } from './make-calibration.js';

/** What normalised scores do at the strictest rate that can be measured. */
export interface NormalisationGain {
  readonly falseAcceptRate: number;
  /** Share of same-person pairs accepted by cosine similarity and by normalised scores. */
  readonly cosine: number;
  readonly normalised: number;
  /** 95 % confidence interval of the difference. */
  readonly interval: Interval;
}

/**
 * Compares the two on the same pairs, in the same order.
 * @returns null when the pairs do not suffice for any rate
 */
export function normalisationGain(
  cosine: ScoredPairs,
  normalised: ScoredPairs,
): NormalisationGain | null {
  const before = operatingPoints(cosine, FALSE_ACCEPT_RATES).at(-1);
  const after = operatingPoints(normalised, FALSE_ACCEPT_RATES).at(-1);
  if (!before || !after) return null;
  const accepted = (pairs: ScoredPairs, threshold: number, pair: number) =>
    Number(pairs.genuine.scores[pair]! >= threshold);
  return {
    falseAcceptRate: after.falseAcceptRate,
    cosine: before.trueAcceptRate,
    normalised: after.trueAcceptRate,
    interval: new PeopleBootstrap(cosine).meanGenuineInterval(
      (pair) =>
        accepted(normalised, after.threshold, pair) - accepted(cosine, before.threshold, pair),
    ),
  };
}
