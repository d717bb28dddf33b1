import { describe, expect, it } from '@jest/globals';
import { bucketFor, bucketsUpTo, planBatches, roomFor, runInBuckets } from './batch-buckets.js';
import { type Batching, type Engine } from './engine.port.js';

const sizes = (count: number, batching: 'split' | 'pad') =>
  planBatches(count, batching).map(({ size }) => size);

describe('planBatches', () => {
  it.each([
    [1, [1]],
    [13, [8, 4, 1]],
    [16, [16]],
    [134, [64, 64, 4, 2]],
  ])('splits %i items exactly: %j', (count, expected) => {
    expect(sizes(count, 'split')).toEqual(expected);
  });

  it.each([
    [1, [1]],
    [3, [4]],
    [13, [16]],
    [64, [64]],
    [134, [64, 64, 8]],
  ])('pads %i items: %j', (count, expected) => {
    expect(sizes(count, 'pad')).toEqual(expected);
  });

  it.each(['split', 'pad'] as const)('runs every item once, in a bucket (%s)', (batching) => {
    for (let count = 1; count <= 200; count++) {
      const runs = planBatches(count, batching);
      expect(runs.reduce((sum, { items }) => sum + items, 0)).toBe(count);
      for (const { size, items } of runs) {
        expect(bucketFor(size)).toBe(size);
        expect(items).toBeLessThanOrEqual(size);
      }
      expect(runs.slice(0, -1).every(({ size, items }) => size === items)).toBe(true);
    }
  });
});

describe('bucketsUpTo', () => {
  it('lists the sizes that batches of up to a maximum length use', () => {
    expect(bucketsUpTo(1)).toEqual([1]);
    expect(bucketsUpTo(12)).toEqual([1, 2, 4, 8, 16]);
    expect(bucketsUpTo(500)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });
});

describe('roomFor', () => {
  it('is large enough for every padded batch up to the maximum', () => {
    for (let maxBatch = 1; maxBatch <= 200; maxBatch++) {
      for (let count = 1; count <= maxBatch; count++) {
        const padded = planBatches(count, 'pad').reduce((sum, { size }) => sum + size, 0);
        expect(padded).toBeLessThanOrEqual(roomFor(maxBatch));
      }
    }
  });
});

const LENGTH = 3;

/** Sums and doubles each item; remembers the sizes it was run with. */
function arithmetic(batching: Batching) {
  const sizes: number[] = [];
  const engine: Engine = {
    facts: { engine: 'onnxruntime', runtime: 'none', device: 'cpu', precision: 'float32' },
    batching,
    held: { sessions: 0, tensors: 0 },
    run(input, batch) {
      expect(input).toHaveLength(batch * LENGTH);
      sizes.push(batch);
      const sums = new Float32Array(batch).map((_, item) =>
        input.subarray(item * LENGTH, (item + 1) * LENGTH).reduce((a, b) => a + b),
      );
      const doubles = input.map((value) => 2 * value);
      return Promise.resolve(
        new Map([
          ['sums', sums],
          ['doubles', doubles],
        ]),
      );
    },
    close: () => Promise.resolve(),
  };
  return { engine, sizes };
}

describe.each(['split', 'pad'] as const)('runInBuckets (%s)', (batching) => {
  it.each([1, 3, 8, 13, 70])(
    'returns the outputs of %i items without those of the padding',
    async (count) => {
      const buffer = new Float32Array(roomFor(count) * LENGTH).fill(Number.NaN);
      for (let i = 0; i < count * LENGTH; i++) buffer[i] = i;
      const { engine } = arithmetic(batching);
      const outputs = await runInBuckets(engine, buffer, count, LENGTH);
      expect([...outputs.keys()]).toEqual(['sums', 'doubles']);
      expect([...outputs.get('sums')!]).toEqual(Array.from({ length: count }, (_, i) => 9 * i + 3));
      expect([...outputs.get('doubles')!]).toEqual(
        Array.from({ length: count * LENGTH }, (_, i) => 2 * i),
      );
    },
  );
});

describe('an engine that pads', () => {
  it('gets one run of a bucket size for any number of items', async () => {
    const { engine, sizes } = arithmetic('pad');
    for (const count of [5, 6, 7, 8]) {
      await runInBuckets(engine, new Float32Array(roomFor(count) * LENGTH), count, LENGTH);
    }
    expect(sizes).toEqual([8, 8, 8, 8]);
  });
});
