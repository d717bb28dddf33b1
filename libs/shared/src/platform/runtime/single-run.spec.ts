import { describe, expect, it } from '@jest/globals';
import { SingleRun } from './single-run.js';

describe('SingleRun', () => {
  it('does not start a run while one is in progress, and starts the next one afterwards', async () => {
    const runs = new SingleRun();
    let started = 0;
    let finish: () => void = () => undefined;
    const work = () => {
      started += 1;
      return new Promise<void>((resolve) => (finish = resolve));
    };
    const first = runs.run(work);
    const second = runs.run(work);
    expect(started).toBe(1);
    finish();
    await Promise.all([first, second, runs.idle()]);
    void runs.run(work);
    expect(started).toBe(2);
    finish();
  });

  it('runs again after a failure', async () => {
    const runs = new SingleRun();
    await expect(runs.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await runs.run(() => Promise.resolve());
  });
});
