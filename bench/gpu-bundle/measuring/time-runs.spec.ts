import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { timeDifference, timeRuns } from './time-runs.js';

/** Milliseconds of a clock that only runs move. */
let now = 0;

beforeEach(() => {
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** A run that takes these times in turn. */
function taking(...times: number[]) {
  let runs = 0;
  return () => Promise.resolve((now += times[runs++ % times.length]!));
}

describe('timeRuns', () => {
  it('warms up, then measures for the given time in three rounds', async () => {
    expect(await timeRuns(taking(4), 0.03)).toEqual({ medianMs: 4, spread: 0, runs: 9 });
    // One to compile, three to warm up.
    expect(now).toBe((1 + 3 + 9) * 4);
  });

  it('makes one run per round if a run takes longer than a round', async () => {
    const timing = await timeRuns(taking(900, 100, 20, 40, 30), 0.03);
    expect(timing).toEqual({ medianMs: 30, spread: 20 / 30, runs: 3 });
  });
});

describe('timeDifference', () => {
  it('is the difference of the medians, unaffected by outliers', async () => {
    const times = await timeDifference(taking(900, 5, 5, 5), taking(900, 25, 800, 25), 0.85);
    expect(times).toEqual({ differenceMs: 20, longMs: 25 });
  });

  it('runs both at least three times', async () => {
    const times = await timeDifference(taking(5), taking(25), 0);
    expect(times).toEqual({ differenceMs: 20, longMs: 25 });
    expect(now).toBe((1 + 3) * (5 + 25));
  });
});
