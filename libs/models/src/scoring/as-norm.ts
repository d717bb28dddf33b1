/** Keeps a cohort of one face many times over from dividing by zero. */
const SMALLEST_DEVIATION = 1e-3;

/** Mean and standard deviation of a face's best similarities to a cohort of strangers. */
export interface CohortStatistics {
  readonly mean: number;
  readonly deviation: number;
}

/** Which of a face's similarities to the cohort count. */
export interface CohortSelection {
  /** How many of the best. */
  readonly top: number;
  /** Who is this alike is the person themselves. */
  readonly samePerson: number;
}

export interface NormalisationSettings extends CohortSelection {
  /** Deviation that faces usually have: `usualDeviation` of the cohort. */
  readonly deviation: number;
}

/**
 * A similarity in standard deviations above what strangers reach, seen from both sides (adaptive
 * symmetric normalisation, AS-norm: Matejka et al., Interspeech 2017).
 */
export function normalisedScore(
  similarity: number,
  probe: CohortStatistics,
  template: CohortStatistics,
): number {
  const from = ({ mean, deviation }: CohortStatistics) => (similarity - mean) / deviation;
  return (from(probe) + from(template)) / 2;
}

/**
 * How alike strangers are to one face. A variance out of a few best similarities is a rough estimate, and
 * where it comes out small strangers score high; so the usual one counts for half (docs/decisions/007).
 * @param similarities to the cohort, cosine, in any order
 * @returns null when fewer than two strangers are left
 */
export function cohortStatistics(
  similarities: Iterable<number>,
  { top, samePerson, deviation }: NormalisationSettings,
): CohortStatistics | null {
  const own = momentsOfBest(similarities, { top, samePerson });
  if (!own) return null;
  return { mean: own.mean, deviation: Math.sqrt((own.variance + deviation ** 2) / 2) };
}

/**
 * Likewise of any face: who is alike to (almost) all of the cohort is taken for one of them, the strict side.
 * @param similarities two or more
 */
export function statisticsOfAny(
  similarities: readonly number[],
  settings: NormalisationSettings,
): CohortStatistics {
  const everybody = { ...settings, samePerson: Infinity };
  return cohortStatistics(similarities, settings) ?? cohortStatistics(similarities, everybody)!;
}

/**
 * Root mean square of the deviations that the cohort's own faces have.
 * @param similarities of each face to all others
 */
export function usualDeviation(
  similarities: readonly Iterable<number>[],
  selection: CohortSelection,
): number {
  const variances = similarities.flatMap((row) => momentsOfBest(row, selection)?.variance ?? []);
  const sum = variances.reduce((total, variance) => total + variance, 0);
  return Math.max(Math.sqrt(sum / Math.max(1, variances.length)), SMALLEST_DEVIATION);
}

function momentsOfBest(similarities: Iterable<number>, { top, samePerson }: CohortSelection) {
  const best = [...similarities]
    .filter((similarity) => similarity < samePerson)
    .sort((a, b) => b - a)
    .slice(0, top);
  if (best.length < 2) return null;
  const mean = best.reduce((sum, value) => sum + value, 0) / best.length;
  const variance = best.reduce((sum, value) => sum + (value - mean) ** 2, 0) / best.length;
  return { mean, variance };
}

/** Of unit vectors it is their cosine similarity. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
