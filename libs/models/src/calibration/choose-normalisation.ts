import { type CohortAndTrials } from '../accuracy/cohort.js';
import { labelFaces } from '../accuracy/embed-photographs.js';
import { operatingPoints } from '../accuracy/operating-points.js';
import { type Interval, PeopleBootstrap } from '../accuracy/people-bootstrap.js';
import {
  type ScoredPairs,
  scoreAllPairs,
  cosineScorer,
  normalisedScorer,
  normaliseWith,
  type Normalisation,
  NORMALISATION,
} from '../accuracy/scored-pairs.js';
import { FALSE_ACCEPT_RATES, calibrate, type Calibrated } from './make-calibration.js';

/** Whether scores are normalised, and why. */
export type NormalisationChoice =
  | {
      readonly on: true;
      readonly normalisation: Normalisation;
      readonly calibrated: Calibrated;
      /** Photographs and people that were compared: nobody of the cohort. */
      readonly images: number;
      readonly people: number;
      readonly gain: NormalisationGain | null;
    }
  | { readonly on: false; readonly reason: string; readonly gain: NormalisationGain | null };

export interface NormalisationRequest {
  /** How many of the cohort's best similarities count. */
  readonly top: number;
  /** Undefined: when it accepts more of the same person, beyond chance. */
  readonly normalise: boolean | undefined;
}

/** @throws PipelineError COHORT_TOO_SMALL when normalisation was asked for */
export function chooseNormalisation(
  { cohort, trials }: CohortAndTrials,
  { top, normalise }: NormalisationRequest,
  groupOf: (person: string) => string | null,
): NormalisationChoice {
  if (normalise === false) return { on: false, reason: 'as asked', gain: null };
  if (normalise === undefined && cohort.length < 2 * top) {
    const reason = `it takes a cohort of ${2 * top} strangers, there are ${cohort.length}; name more with --cohort`;
    return { on: false, reason, gain: null };
  }
  const strangers = cohort.map(({ embedding }) => embedding);
  const normalisation = normaliseWith(strangers, { top, samePerson: NORMALISATION.samePerson });
  const { faces, people } = labelFaces(trials);
  const cosine = scoreAllPairs(faces, people.length, cosineScorer(faces));
  const pairs = scoreAllPairs(faces, people.length, normalisedScorer(faces, normalisation));
  const gain = normalisationGain(cosine, pairs);
  const calibrated = calibrate(pairs, (person) => groupOf(people[person]!));
  if (!calibrated) {
    return { on: false, reason: 'the people outside the cohort make too few pairs', gain };
  }
  if (normalise === undefined && !(gain && gain.interval[0] > 0)) {
    return { on: false, reason: 'no more of the same person are accepted, beyond chance', gain };
  }
  const compared = { images: trials.length, people: people.length };
  return { on: true, normalisation, calibrated, ...compared, gain };
}

/** What normalised scores do at the strictest rate that can be measured. */
interface NormalisationGain {
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
