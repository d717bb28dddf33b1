import { describe, expect, it } from '@jest/globals';
import { CoalescingBatcher } from './coalescing-batcher.js';

/** Doubles numbers and records its batches. A run ends when the test calls `finishNext`. */
function doubler(maxItems: number) {
  const batches: number[][] = [];
  const gates: (() => void)[] = [];
  const batcher = new CoalescingBatcher<number, number>(async (items) => {
    batches.push([...items]);
    await new Promise<void>((resolve) => gates.push(resolve));
    if (items.includes(13)) throw new Error('thirteen');
    return items.map((item) => item * 2);
  }, maxItems);
  const finishNext = async () => {
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gates.shift()!();
  };
  return { batcher, batches, finishNext };
}

describe('CoalescingBatcher', () => {
  it('processes items added in one turn of the event loop as one batch', async () => {
    const { batcher, batches, finishNext } = doubler(10);
    const results = batcher.addAll([1, 2, 3]);
    await finishNext();
    expect(await results).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('collects items that arrive during a run for the next run', async () => {
    const { batcher, batches, finishNext } = doubler(10);
    const first = batcher.add(1);
    await new Promise((resolve) => setImmediate(resolve));
    const rest = [batcher.add(2), batcher.add(3), batcher.add(4)];
    await finishNext();
    await finishNext();
    expect(await Promise.all([first, ...rest])).toEqual([2, 4, 6, 8]);
    expect(batches).toEqual([[1], [2, 3, 4]]);
  });

  it('limits the number of items in a run', async () => {
    const { batcher, batches, finishNext } = doubler(2);
    const results = batcher.addAll([1, 2, 3]);
    await finishNext();
    await finishNext();
    expect(await results).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 2], [3]]);
  });

  it('fails only the items of a failed run', async () => {
    const { batcher, finishNext } = doubler(2);
    const outcomes = Promise.allSettled([batcher.add(13), batcher.add(2), batcher.add(3)]);
    await finishNext();
    await finishNext();
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
    ]);
  });
});
