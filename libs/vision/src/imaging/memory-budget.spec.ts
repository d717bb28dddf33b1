import { describe, expect, it } from '@jest/globals';
import { MemoryBudget } from './memory-budget.js';

/** Work that runs until `end` is called. */
function work() {
  let end!: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const state = { running: false };
  const run = async () => {
    state.running = true;
    await ended;
    state.running = false;
  };
  return { run, end, state };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('MemoryBudget', () => {
  it('runs work in parallel while it fits, and the rest in order of arrival', async () => {
    const budget = new MemoryBudget(100);
    const [a, b, c] = [work(), work(), work()];
    const all = [budget.run(60, a.run), budget.run(60, b.run), budget.run(10, c.run)];
    await settled();
    expect([a, b, c].map(({ state }) => state.running)).toEqual([true, false, false]);
    a.end();
    await settled();
    expect([a, b, c].map(({ state }) => state.running)).toEqual([false, true, true]);
    b.end();
    c.end();
    await Promise.all(all);
  });

  it('runs work larger than the budget alone', async () => {
    const budget = new MemoryBudget(100);
    const [small, huge] = [work(), work()];
    const all = [budget.run(1, small.run), budget.run(1_000, huge.run)];
    await settled();
    expect(huge.state.running).toBe(false);
    small.end();
    await settled();
    expect(huge.state.running).toBe(true);
    huge.end();
    await Promise.all(all);
  });

  it('releases the memory of failed work', async () => {
    const budget = new MemoryBudget(100);
    const failing = budget.run(100, () => Promise.reject(new Error('broken')));
    const next = budget.run(100, () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('done');
  });

  it('starts waiting work once other work keeps less than it requested, and counts the difference once', async () => {
    const budget = new MemoryBudget(100);
    const [held, next, last] = [work(), work(), work()];
    const all = [
      budget.run(100, async (keep) => {
        keep(30);
        keep(1_000);
        await held.run();
      }),
      budget.run(70, next.run),
      budget.run(70, last.run),
    ];
    await settled();
    expect([next, last].map(({ state }) => state.running)).toEqual([true, false]);
    held.end();
    await settled();
    expect(last.state.running).toBe(false);
    next.end();
    await settled();
    expect(last.state.running).toBe(true);
    last.end();
    await Promise.all(all);
  });
});
