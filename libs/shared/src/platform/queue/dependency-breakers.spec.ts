import { beforeEach, describe, expect, it } from '@jest/globals';
import { DependencyBreakers } from './dependency-breakers.js';

const STORE = 'store archive';
const OTHER = 'store cameras';

describe('dependency breakers', () => {
  let now: number;
  let breakers: DependencyBreakers;

  beforeEach(() => {
    now = 1_000_000;
    // Longest intervals, no spread.
    const random = [1];
    breakers = new DependencyBreakers(
      () => now,
      () => random[0]! - Number.EPSILON,
    );
  });

  /** Lets the time come when a probe is due, and gives how long that was. */
  function untilProbe(job: string): number {
    const start = now;
    while (breakers.admit(job, [STORE]) > 0) now += 100;
    return now - start;
  }

  it('lets every job in as long as nothing is away', () => {
    expect(breakers.admit('a', [STORE])).toBe(0);
    expect(breakers.worked('a', [STORE])).toEqual([]);
    expect(breakers.absences).toEqual([]);
  });

  it('keeps jobs from what is away, and from nothing else', () => {
    expect(breakers.failed('a', STORE)).toBe(true);
    expect(breakers.admit('b', [STORE])).toBeGreaterThan(0);
    expect(breakers.admit('c', [OTHER])).toBe(0);
    expect(breakers.admit('d', [OTHER, STORE])).toBeGreaterThan(0);
    expect(breakers.absences).toEqual([{ dependency: STORE, since: now }]);
  });

  it('says once that something is away, however many jobs find out', () => {
    const news = ['a', 'b', 'c'].map((job) => breakers.failed(job, STORE));
    expect(news).toEqual([true, false, false]);
  });

  it('lets one job probe at a time, and all in once it gets through', () => {
    breakers.failed('a', STORE);
    untilProbe('probe');
    expect(breakers.admit('b', [STORE])).toBeGreaterThan(0);
    const [back] = breakers.worked('probe', [STORE]);
    expect(back?.dependency).toBe(STORE);
    expect(breakers.admit('b', [STORE])).toBe(0);
  });

  it('believes no job that was let in before', () => {
    breakers.failed('a', STORE);
    expect(breakers.worked('early', [STORE])).toEqual([]);
    expect(breakers.absences).toHaveLength(1);
  });

  it('probes at intervals that double from a second to half a minute', () => {
    breakers.failed('a', STORE);
    const intervals = Array.from({ length: 8 }, (_, round) => {
      const interval = untilProbe(`probe ${round}`);
      breakers.failed(`probe ${round}`, STORE);
      return Math.round(interval / 1000);
    });
    expect(intervals).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  it('has somebody else probe when a probe ends without telling', () => {
    breakers.failed('a', STORE);
    untilProbe('probe');
    breakers.left('probe', [STORE]);
    expect(untilProbe('another')).toBeLessThanOrEqual(1_000);
  });
});
