/** Divides batches of any size into runs of a few fixed sizes, the buckets. */
import { type Batching, type Engine } from './engine.port.js';

/**
 * Batch sizes with which networks run. Few and fixed, because runtimes keep memory, plans, compiled
 * kernels or whole engines for every shape that they have seen.
 */
const BUCKETS = [1, 2, 4, 8, 16, 32, 64] as const;

const LARGEST = 64;

type Outputs = ReadonlyMap<string, Float32Array>;

/**
 * Runs a batch of any size as one or more runs of bucket sizes.
 * @param buffer `count` items, then room for padding (see roomFor) with any content
 * @param length numbers per item
 * @returns each output by name, `count` items one after the other
 */
export async function runInBuckets(
  engine: Engine,
  buffer: Float32Array,
  count: number,
  length: number,
): Promise<Outputs> {
  const parts: Outputs[] = [];
  let done = 0;
  for (const { size, items } of planBatches(count, engine.batching)) {
    const input = buffer.subarray(done * length, (done + size) * length);
    parts.push(firstItems(await engine.run(input, size), items, size));
    done += items;
  }
  const [first, ...others] = parts;
  if (!first || others.length === 0) return first ?? new Map();
  return new Map([...first.keys()].map((name) => [name, joined(parts, name)]));
}

/** One run of the network. The first `items` of its `size` items are real, the rest is padding. */
interface BatchRun {
  readonly size: number;
  readonly items: number;
}

/** Divides `count` items into runs, largest first. Only the last run can have padding. */
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

/** The smallest bucket for `count` items; the largest bucket if none is large enough. */
export function bucketFor(count: number): number {
  return BUCKETS.find((size) => size >= count) ?? LARGEST;
}

/** Every bucket that batches of up to `maxBatch` items can use. */
export function bucketsUpTo(maxBatch: number): readonly number[] {
  return BUCKETS.filter((size) => size <= bucketFor(maxBatch));
}

/** Number of items that a buffer needs for any batch of up to `maxBatch` items with padding. */
export function roomFor(maxBatch: number): number {
  return Math.floor(maxBatch / LARGEST) * LARGEST + bucketFor(Math.max(1, maxBatch % LARGEST));
}

function firstItems(outputs: Outputs, items: number, size: number): Outputs {
  if (items === size) return outputs;
  return new Map(
    [...outputs].map(([name, values]) => [
      name,
      values.subarray(0, (values.length / size) * items),
    ]),
  );
}

function joined(parts: readonly Outputs[], name: string): Float32Array {
  const pieces = parts.map((part) => part.get(name)!);
  const whole = new Float32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
