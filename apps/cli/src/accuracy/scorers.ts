import {
  normalisedScore,
  statisticsOfAny,
  usualDeviation,
  type CohortSelection,
  type CohortStatistics,
  type NormalisationSettings,
} from '#shared/scoring/as-norm.js';
import { dotProduct } from '#shared/scoring/dot-product.js';
import { cliError } from '../cli-error.js';
import { type LabelledFace, type Scorer } from './scored-pairs.js';

/** What scores are normalised with. */
export interface Normalisation {
  readonly settings: NormalisationSettings;
  /** Embeddings of strangers, unit norm. */
  readonly cohort: readonly Float32Array[];
}

/** @throws PipelineError COHORT_TOO_SMALL when it has not twice as many as count: they would all be alike */
export function normaliseWith(
  cohort: readonly Float32Array[],
  selection: CohortSelection,
): Normalisation {
  if (cohort.length < 2 * selection.top) {
    throw cliError(
      'COHORT_TOO_SMALL',
      `the cohort has ${cohort.length} strangers; for the best ${selection.top} to say anything it takes ${2 * selection.top}`,
    );
  }
  const similarities = cohort.map((face) =>
    cohort.filter((other) => other !== face).map((other) => dotProduct(face, other)),
  );
  return {
    cohort,
    settings: { ...selection, deviation: usualDeviation(similarities, selection) },
  };
}

/** Cosine similarity. The faces that are compared must have been found. */
export function cosineScorer(faces: readonly LabelledFace[]): Scorer {
  return (a, b) => dotProduct(faces[a]!.embedding!, faces[b]!.embedding!);
}

/** Cosine similarity in standard deviations above a cohort of strangers, as the matcher computes it. */
export function normalisedScorer(
  faces: readonly LabelledFace[],
  { cohort, settings }: Normalisation,
): Scorer {
  const statistics = faces.map(({ embedding }) =>
    embedding ? statisticsOf(embedding, cohort, settings) : null,
  );
  const similarity = cosineScorer(faces);
  return (a, b) => normalisedScore(similarity(a, b), statistics[a]!, statistics[b]!);
}

/** How alike the cohort's strangers are to a face, as in the matcher. */
export function statisticsOf(
  face: Float32Array,
  cohort: readonly Float32Array[],
  settings: NormalisationSettings,
): CohortStatistics {
  const similarities = cohort.map((stranger) => dotProduct(face, stranger));
  return statisticsOfAny(similarities, settings);
}
