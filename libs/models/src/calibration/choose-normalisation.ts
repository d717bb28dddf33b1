/** Decides whether the scores of a pack are normalised: if that accepts more genuine pairs. */
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

/** Whether scores are normalised, or why not. */
export type NormalisationChoice =
  | {
      readonly on: true;
      readonly normalisation: Normalisation;
      readonly calibrated: Calibrated;
      /** Number of photographs and people that were compared, without the cohort. */
      readonly images: number;
      readonly people: number;
      readonly gain: NormalisationGain | null;
    }
  | { readonly on: false; readonly reason: string; readonly gain: NormalisationGain | null };

export interface NormalisationRequest {
  /** Number of the highest similarities to the cohort that are used. */
  readonly top: number;
  /** Undefined: normalise if it accepts significantly more genuine pairs. */
  readonly normalise: boolean | undefined;
}

/** @throws PipelineError COHORT_TOO_SMALL when `normalise` is true and the cohort is too small */
export function chooseNormalisation(
  { cohort, trials }: CohortAndTrials,
  { top, normalise }: NormalisationRequest,
  groupOf: (person: string) => string | null,
): NormalisationChoice {
  if (normalise === false) return { on: false, reason: 'switched off by an option', gain: null };
  if (normalise === undefined && cohort.length < 2 * top) {
    const reason = `normalisation needs a cohort of ${2 * top} strangers, but there are ${cohort.length}; give more with --cohort`;
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
    return { on: false, reason: 'the people outside the cohort give too few pairs', gain };
  }
  if (normalise === undefined && !(gain && gain.interval[0] > 0)) {
    return {
      on: false,
      reason: 'it does not accept significantly more pairs of the same person',
      gain,
    };
  }
  const compared = { images: trials.length, people: people.length };
  return { on: true, normalisation, calibrated, ...compared, gain };
}

/** Effect of normalisation at the lowest false accept rate that can be measured. */
interface NormalisationGain {
  readonly falseAcceptRate: number;
  /** True accept rates with cosine similarity and with normalised scores. */
  readonly cosine: number;
  readonly normalised: number;
  /** 95 % confidence interval of the difference. */
  readonly interval: Interval;
}

/**
 * Compares both kinds of scores on the same pairs.
 * @param normalised the same pairs in the same order as `cosine`
 * @returns null when there are too few pairs for any rate
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
