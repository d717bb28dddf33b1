/** How work was shared between processes. */
export interface Sharing {
  readonly mean: number;
  /** The largest distance of a process from the mean, as a share of the mean. */
  readonly worst: number;
}

/** @param counts what each process did; those who did nothing count too */
export function sharing(counts: readonly number[]): Sharing {
  if (counts.length === 0) throw new Error('there is nobody to share');
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  if (mean === 0) return { mean, worst: 0 };
  return { mean, worst: Math.max(...counts.map((count) => Math.abs(count - mean))) / mean };
}

/**
 * How far apart processes of one speed may be when work runs out: one has all that it may have in hand and
 * a batch besides, another has none left.
 * @param inHand images that a process has in hand at most
 * @param mean images of a process
 */
export function fairShare(inHand: number, batch: number, mean: number): number {
  return (inHand + batch) / mean;
}
