import { describe, expect, it } from '@jest/globals';
import { bucketFor, bucketsUpTo, planBatches, roomFor } from './batch-plan.js';

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
  it('names the sizes that batches of a given length lead to', () => {
    expect(bucketsUpTo(1)).toEqual([1]);
    expect(bucketsUpTo(12)).toEqual([1, 2, 4, 8, 16]);
    expect(bucketsUpTo(500)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });
});

describe('roomFor', () => {
  it('is enough for every padded batch up to the longest', () => {
    for (let maxBatch = 1; maxBatch <= 200; maxBatch++) {
      for (let count = 1; count <= maxBatch; count++) {
        const padded = planBatches(count, 'pad').reduce((sum, { size }) => sum + size, 0);
        expect(padded).toBeLessThanOrEqual(roomFor(maxBatch));
      }
    }
  });
});
