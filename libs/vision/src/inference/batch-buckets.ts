import { type Batching, type Engine } from './engine.port.js';

/**
 * Batch sizes that networks are run with. Few and fixed: runtimes keep memory, plans, compiled kernels
 * or whole engines for every shape they have seen.
 */
const BUCKETS = [1, 2, 4, 8, 16, 32, 64] as const;

const LARGEST = 64;

type Outputs = ReadonlyMap<string, Float32Array>;

/**
 * Runs a batch of any size in sizes that the engine sees often.
 * @param buffer `count` items, then room for padding (roomFor), whatever lies there
 * @param length numbers in one item
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

/** One run of the network: the first `items` of its `size` items are wanted. */
interface BatchRun {
  readonly size: number;
  readonly items: number;
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

/** Smallest bucket that holds `count` items; more than the largest holds go in several runs. */
export function bucketFor(count: number): number {
  return BUCKETS.find((size) => size >= count) ?? LARGEST;
}

/** Every size that batches of up to `maxBatch` items lead to. */
export function bucketsUpTo(maxBatch: number): readonly number[] {
  return BUCKETS.filter((size) => size <= bucketFor(maxBatch));
}

/** Items that a buffer must have room for to hold any batch of up to `maxBatch`, padded. */
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
