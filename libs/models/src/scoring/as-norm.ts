/**
 * Adaptive symmetric score normalisation (AS-norm; Matejka et al., Analysis of Score Normalization in
 * Multilingual Speaker Recognition, Interspeech 2017), and the cosine similarity that it starts from.
 */
/** Avoids a division by zero when the cohort consists of copies of one face. */
const SMALLEST_DEVIATION = 1e-3;

/** Mean and standard deviation of the highest similarities of a face to a cohort of strangers. */
export interface CohortStatistics {
  readonly mean: number;
  readonly deviation: number;
}

/** Which similarities of a face to the cohort are used. */
export interface CohortSelection {
  /** Number of the highest similarities. */
  readonly top: number;
  /** A cohort member with at least this similarity counts as the same person and is ignored. */
  readonly samePerson: number;
}

export interface NormalisationSettings extends CohortSelection {
  /** Typical deviation of a face: `usualDeviation` of the cohort. */
  readonly deviation: number;
}

/**
 * The normalised score: how many standard deviations a similarity is above the similarities to
 * strangers, averaged over both faces.
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
 * How similar strangers are to one face. The variance of a few similarities is a rough estimate, and a
 * small one gives strangers high scores. Therefore the typical variance has a weight of one half
 * (docs/decisions/007).
 * @param similarities cosine similarities to the cohort, in any order
 * @returns null when fewer than two strangers remain
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
 * As `cohortStatistics`, but for any face: when a face is too similar to almost all of the cohort, all
 * members are used, which gives stricter scores.
 * @param similarities at least two
 */
export function statisticsOfAny(
  similarities: readonly number[],
  settings: NormalisationSettings,
): CohortStatistics {
  const everybody = { ...settings, samePerson: Infinity };
  return cohortStatistics(similarities, settings) ?? cohortStatistics(similarities, everybody)!;
}

/**
 * Typical deviation: root mean square of the deviations of the faces of the cohort.
 * @param similarities of each face of the cohort to all others
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

/** For vectors of L2 norm 1, the cosine similarity. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
