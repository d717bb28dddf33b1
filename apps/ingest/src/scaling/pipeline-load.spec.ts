import { describe, expect, it } from '@jest/globals';
import { oldestAgeSeconds, workOf } from './pipeline-load.js';

const EMPTY = { live: 0, archive: 0, active: 0, delayed: 0, due: 0 };

describe('workOf', () => {
  it('counts waiting jobs of both lanes, active jobs and due jobs', () => {
    expect(workOf({ live: 1, archive: 20, active: 300, delayed: 5_000, due: 4_000 }, 0)).toBe(
      4_321,
    );
  });

  it('is 0 while only a paused import has images', () => {
    expect(workOf({ ...EMPTY, archive: 70, active: 2, delayed: 28, due: 8 }, 100)).toBe(0);
  });

  it('counts the work of others while the images of a paused import are postponed', () => {
    const depth = { ...EMPTY, archive: 5_000, delayed: 10_000, due: 500 };
    expect(workOf(depth, 10_000)).toBe(5_000);
  });

  it('always counts live jobs, even if the number of paused images is outdated', () => {
    expect(workOf({ ...EMPTY, live: 3 }, 100)).toBe(3);
  });
});

describe('oldestAgeSeconds', () => {
  const job = (addedAt: number, importId?: string) => ({
    addedAt,
    data: JSON.stringify({ source: { kind: 'import', importId } }),
  });

  it('is the age of the job that was added first', () => {
    expect(oldestAgeSeconds([job(9_000), job(4_000), job(7_000)], new Set(), 10_000)).toBe(6);
  });

  it('is 0 when no job waits, and when a clock is ahead', () => {
    expect(oldestAgeSeconds([], new Set(), 10_000)).toBe(0);
    expect(oldestAgeSeconds([job(11_000)], new Set(), 10_000)).toBe(0);
  });

  it('skips paused imports and counts jobs that it cannot parse', () => {
    const paused = new Set(['1']);
    expect(oldestAgeSeconds([job(0, '1'), job(8_000, '2')], paused, 10_000)).toBe(2);
    expect(oldestAgeSeconds([{ addedAt: 0, data: '{' }], paused, 10_000)).toBe(10);
    expect(oldestAgeSeconds([{ addedAt: 0, data: 'null' }], paused, 10_000)).toBe(10);
  });
});
