import { describe, expect, it } from '@jest/globals';
import { crashesOf, killsItsWorkers, readCrashRecord } from './job-evidence.js';

describe('crash record', () => {
  it('counts the first crash, which many jobs share, and the crashes of the job alone', () => {
    expect(crashesOf({ stalledCounter: 0, progress: 0 })).toBe(0);
    expect(crashesOf({ stalledCounter: 1, progress: 0 })).toBe(1);
    expect(crashesOf({ stalledCounter: 1, progress: { deaths: 2, worker: 'w' } })).toBe(3);
  });

  it('does not count crashes that happened while the job waited for its turn', () => {
    expect(crashesOf({ stalledCounter: 9, progress: { deaths: 0, worker: 'w' } })).toBe(1);
  });

  it('gives a job up at the fourth crash', () => {
    expect([1, 2, 3, 4, 5].map((crashes) => killsItsWorkers(crashes))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it.each([[0], [null], ['50 %'], [{ deaths: -1, worker: 'w' }], [{ deaths: 1 }]])(
    'ignores a progress that is not a crash record: %j',
    (progress) => expect(readCrashRecord(progress)).toBeNull(),
  );
});
