import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MicroBatcher, type MicroBatcherOptions } from './micro-batcher.js';

describe('MicroBatcher', () => {
  let ran: number[][];
  const options = { maxSize: 4, maxWaitMs: 10, maxRunning: 1 };

  beforeEach(() => {
    ran = [];
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function doubling(changes: Partial<MicroBatcherOptions> = {}): MicroBatcher<number, number> {
    return new MicroBatcher(
      (inputs) => {
        ran.push([...inputs]);
        return Promise.resolve(inputs.map((input) => input * 2));
      },
      { ...options, ...changes },
    );
  }

  it('runs a full batch at once and returns to each item its own result', async () => {
    const batcher = doubling();
    const results = await Promise.all([1, 2, 3, 4].map((item) => batcher.add(item)));
    expect(results).toEqual([2, 4, 6, 8]);
    expect(ran).toEqual([[1, 2, 3, 4]]);
  });

  it('runs a partial batch when its first item has waited for maxWaitMs', async () => {
    const batcher = doubling();
    const first = batcher.add(1);
    await jest.advanceTimersByTimeAsync(6);
    const second = batcher.add(2);
    await jest.advanceTimersByTimeAsync(3);
    expect(ran).toEqual([]);
    await jest.advanceTimersByTimeAsync(2);
    expect(ran).toEqual([[1, 2]]);
    expect(await Promise.all([first, second])).toEqual([2, 4]);
  });

  it('reports the size of each batch and how long its first item has waited', async () => {
    const onBatch = jest.fn();
    const batcher = doubling({ onBatch });
    const early = batcher.add(1);
    await jest.advanceTimersByTimeAsync(6);
    const urgent = batcher.add(2, true);
    await jest.advanceTimersByTimeAsync(20);
    await Promise.all([early, urgent]);
    expect(ran).toEqual([[2, 1]]);
    expect(onBatch.mock.calls).toEqual([[2, 10]]);
  });

  it('collects items while the maximum number of batches is running', async () => {
    const finish: (() => void)[] = [];
    const batcher = new MicroBatcher<number, number>(
      (inputs) => {
        ran.push([...inputs]);
        return new Promise((resolve) => finish.push(() => resolve(inputs)));
      },
      { ...options, maxWaitMs: 0 },
    );
    const all = [1, 2, 3].map((item) => batcher.add(item));
    await jest.advanceTimersByTimeAsync(50);
    expect(ran).toEqual([[1]]);
    finish[0]!();
    await jest.advanceTimersByTimeAsync(1);
    expect(ran).toEqual([[1], [2, 3]]);
    finish[1]!();
    expect(await Promise.all(all)).toEqual([1, 2, 3]);
  });

  it('runs urgent items first', async () => {
    const batcher = doubling({ maxSize: 2 });
    const finished = Promise.all([
      batcher.add(1),
      batcher.add(2),
      batcher.add(3),
      batcher.add(4, true),
    ]);
    await jest.advanceTimersByTimeAsync(20);
    await finished;
    expect(ran).toEqual([
      [1, 2],
      [4, 3],
    ]);
  });

  it('rejects only the item that makes a batch fail', async () => {
    const batcher = new MicroBatcher<number, number>(
      (inputs) =>
        inputs.includes(3) ? Promise.reject(new Error('poison')) : Promise.resolve(inputs),
      { ...options, maxSize: 8 },
    );
    const all = Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map((item) => batcher.add(item)));
    const outcomes = (await all).map(({ status }) => status === 'fulfilled');
    expect(outcomes).toEqual([true, true, false, true, true, true, true, true]);
  });

  it('continues after a failure', async () => {
    let broken = true;
    const batcher = new MicroBatcher<number, number>(
      (inputs) => (broken ? Promise.reject(new Error('broken')) : Promise.resolve(inputs)),
      { ...options, maxSize: 1 },
    );
    await expect(batcher.add(1)).rejects.toThrow('broken');
    broken = false;
    await expect(batcher.add(2)).resolves.toBe(2);
  });

  it('counts batches and the items in them', async () => {
    const batcher = doubling();
    await Promise.all([1, 2, 3, 4].map((item) => batcher.add(item)));
    const last = batcher.add(5);
    await jest.advanceTimersByTimeAsync(11);
    await last;
    expect(batcher.counters).toEqual({ batches: 2, items: 5 });
  });

  it('runs the waiting items when it is closed, and rejects new ones', async () => {
    const batcher = doubling();
    const held = batcher.add(1);
    await batcher.close();
    expect(await held).toBe(2);
    await expect(batcher.add(2)).rejects.toThrow('closed');
  });

  it('closes at once when no items are waiting', async () => {
    await expect(doubling().close()).resolves.toBeUndefined();
  });
});
