/** Mean and standard deviation of a face's best similarities to a cohort of strangers. */
export interface CohortStatistics {
  readonly mean: number;
  readonly deviation: number;
}

/** Keeps a face that is equally far from all strangers from dividing by zero. */
const SMALLEST_DEVIATION = 1e-3;

/**
 * How alike strangers are to one face: the best `top` similarities, without those of `samePerson` and
 * above, who are the person themselves.
 * @param similarities to the cohort, cosine, in any order
 * @returns null when fewer than two strangers are left
 */
export function cohortStatistics(
  similarities: Iterable<number>,
  { top, samePerson }: { readonly top: number; readonly samePerson: number },
): CohortStatistics | null {
  const best = [...similarities]
    .filter((similarity) => similarity < samePerson)
    .sort((a, b) => b - a)
    .slice(0, top);
  if (best.length < 2) return null;
  const mean = best.reduce((sum, value) => sum + value, 0) / best.length;
  const variance = best.reduce((sum, value) => sum + (value - mean) ** 2, 0) / best.length;
  return { mean, deviation: Math.max(Math.sqrt(variance), SMALLEST_DEVIATION) };
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
