import { beforeEach, describe, expect, it } from '@jest/globals';
import { storeDependency } from '../../contracts/dependency.js';
import { DependencyBreakers } from './dependency-breakers.js';

const STORE = storeDependency('archive');
const OTHER = storeDependency('cameras');

describe('DependencyBreakers', () => {
  let now: number;
  let breakers: DependencyBreakers;

  beforeEach(() => {
    now = 1_000_000;
    // The longest intervals, without jitter.
    const random = [1];
    breakers = new DependencyBreakers(
      () => now,
      () => random[0]! - Number.EPSILON,
    );
  });

  /** Advances the clock until a probe is due. @returns how long that took */
  function untilProbe(job: string): number {
    const start = now;
    while (breakers.admit(job, [STORE]) > 0) now += 100;
    return now - start;
  }

  it('admits every job while every dependency is available', () => {
    expect(breakers.admit('a', [STORE])).toBe(0);
    expect(breakers.succeeded('a', [STORE])).toEqual([]);
    expect(breakers.outages).toEqual([]);
  });

  it('holds back jobs that need an unavailable dependency, and no others', () => {
    expect(breakers.failed('a', STORE)).toBe(true);
    expect(breakers.admit('b', [storeDependency('archive')])).toBeGreaterThan(0);
    expect(breakers.admit('c', [OTHER])).toBe(0);
    expect(breakers.admit('d', [OTHER, STORE])).toBeGreaterThan(0);
    expect(breakers.outages).toEqual([{ dependency: STORE, since: now }]);
  });

  it('reports an outage once, however many jobs find it', () => {
    const first = ['a', 'b', 'c'].map((job) => breakers.failed(job, STORE));
    expect(first).toEqual([true, false, false]);
  });

  it('admits one probe at a time, and all jobs once it succeeds', () => {
    breakers.failed('a', STORE);
    untilProbe('probe');
    expect(breakers.admit('b', [STORE])).toBeGreaterThan(0);
    const [recovered] = breakers.succeeded('probe', [STORE]);
    expect(recovered?.dependency).toEqual(STORE);
    expect(breakers.admit('b', [STORE])).toBe(0);
  });

  it('ignores the success of a job that started before the outage', () => {
    breakers.failed('a', STORE);
    expect(breakers.succeeded('early', [STORE])).toEqual([]);
    expect(breakers.outages).toHaveLength(1);
  });

  it('probes at intervals that double from one second to thirty', () => {
    breakers.failed('a', STORE);
    const intervals = Array.from({ length: 8 }, (_, round) => {
      const interval = untilProbe(`probe ${round}`);
      breakers.failed(`probe ${round}`, STORE);
      return Math.round(interval / 1000);
    });
    expect(intervals).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  it('lets another job probe when a probe ends without a result', () => {
    breakers.failed('a', STORE);
    untilProbe('probe');
    breakers.ended('probe', [STORE]);
    expect(untilProbe('another')).toBeLessThanOrEqual(1_000);
  });
});
