/**
 * Batch sizes that networks are run with. Few and fixed: runtimes keep memory, plans, compiled kernels
 * or whole engines for every shape they have seen.
 */
const BUCKETS = [1, 2, 4, 8, 16, 32, 64] as const;
const LARGEST = 64;

/**
 * How a batch gets into the buckets.
 * - `split`: exact, 13 is 8, 4, 1; a CPU would pay for padding in full
 * - `pad`: one run, 13 is 16 of which 3 are thrown away; a GPU has room for them
 */
export type Batching = 'split' | 'pad';

/** One run of the network: the first `items` of its `size` items are wanted. */
interface BatchRun {
  readonly size: number;
  readonly items: number;
}

/** Smallest bucket that holds `count` items; more than the largest holds go in several runs. */
export function bucketFor(count: number): number {
  return BUCKETS.find((size) => size >= count) ?? LARGEST;
}

/** Every size that batches of up to `maxBatch` items lead to. */
export function bucketsUpTo(maxBatch: number): readonly number[] {
  return BUCKETS.filter((size) => size <= bucketFor(maxBatch));
}

/** `count` items as runs, largest first; only the last run can be padded. */
export function planBatches(count: number, batching: Batching): readonly BatchRun[] {
  const runs: BatchRun[] = [];
  let left = count;
  while (left > 0) {
    const size = batching === 'pad' ? bucketFor(left) : BUCKETS.findLast((size) => size <= left)!;
    const items = Math.min(left, size);
    runs.push({ size, items });
    left -= items;
  }
  return runs;
}

/** Items that a buffer must have room for to hold any batch of up to `maxBatch`, padded. */
export function roomFor(maxBatch: number): number {
  return Math.floor(maxBatch / LARGEST) * LARGEST + bucketFor(Math.max(1, maxBatch % LARGEST));
}
