import {
  type CohortAndTrials,
  givenCohort,
  sampleCohort,
  unnamedCohort,
} from '#models/accuracy/cohort.js';
import { type EmbeddedPhotograph } from '#models/accuracy/embed-photographs.js';
import { type Normalisation, NORMALISATION, normaliseWith } from '#models/accuracy/scored-pairs.js';
import { type NormalisationSettings } from '#models/scoring/as-norm.js';

/** Source of the strangers with which scores are normalised. */
export type CohortSource =
  | {
      readonly kind: 'pack';
      readonly cohort: readonly Float32Array[];
      readonly settings: NormalisationSettings;
    }
  | { readonly kind: 'given'; readonly strangers: readonly EmbeddedPhotograph[] }
  | { readonly kind: 'sampled' };

/** A normalisation, and the photographs of people outside its cohort. */
export interface Normaliser extends CohortAndTrials {
  readonly normalisation: Normalisation;
}

/**
 * @param share share of the people with one photograph who become the cohort, if it is sampled
 * @returns null when there are too few strangers
 */
export function normaliserFor(
  photographs: readonly EmbeddedPhotograph[],
  source: CohortSource,
  share = 1,
): Normaliser | null {
  if (source.kind === 'pack') {
    const { cohort, settings } = source;
    return { ...unnamedCohort(photographs, cohort), normalisation: { cohort, settings } };
  }
  const found = pick(photographs, source, share);
  if (found.cohort.length < 2 * NORMALISATION.top) return null;
  const strangers = found.cohort.map(({ embedding }) => embedding);
  return { ...found, normalisation: normaliseWith(strangers, NORMALISATION) };
}

function pick(
  photographs: readonly EmbeddedPhotograph[],
  source: Exclude<CohortSource, { kind: 'pack' }>,
  share: number,
): CohortAndTrials {
  const { mostStrangers } = NORMALISATION;
  if (source.kind === 'given') return givenCohort(photographs, source.strangers, mostStrangers);
  const all = sampleCohort(photographs, mostStrangers);
  return share === 1 ? all : sampleCohort(photographs, Math.floor(all.cohort.length * share));
}
