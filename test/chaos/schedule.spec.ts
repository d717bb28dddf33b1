import { describe, expect, it } from '@jest/globals';
import { isKill, nameOf, planFaults, type ScheduleOptions } from './schedule.js';

const OPTIONS: ScheduleOptions = {
  seed: 7,
  round: 1,
  kills: 40,
  others: 60,
  store: 's3',
  vectorStore: 'qdrant',
  lockMs: 1_000,
};
const names = (options: Partial<ScheduleOptions>) =>
  new Set(planFaults({ ...OPTIONS, ...options }).map(nameOf));

describe('planFaults', () => {
  it('gives the same plan for the same seed, and another one for another seed or round', () => {
    expect(planFaults(OPTIONS)).toEqual(planFaults(OPTIONS));
    expect(planFaults({ ...OPTIONS, seed: 8 })).not.toEqual(planFaults(OPTIONS));
    expect(planFaults({ ...OPTIONS, round: 2 })).not.toEqual(planFaults(OPTIONS));
  });

  it('plans the given number of kills and other faults, one after the other', () => {
    const faults = planFaults(OPTIONS);
    expect(faults.filter(isKill)).toHaveLength(40);
    expect(faults).toHaveLength(100);
    const times = faults.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('includes each kind of fault within 7 kills and 11 others', () => {
    expect([...names({ kills: 7, others: 11 })].sort()).toEqual([
      'cut objects',
      'cut redis',
      'cut vectors',
      'duplicate embed-image',
      'duplicate match-faces',
      'kill embedder',
      'kill ingest',
      'kill matcher',
      'kill redis',
      'kill-thread embedder',
      'pause embedder',
      'pause ingest',
      'pause matcher',
      'vanish objects',
      'vanish redis',
      'vanish vectors',
    ]);
  });

  it('plans only faults that the kind of store supports', () => {
    const local = names({ store: 'folder', vectorStore: 'embedded' });
    expect(local).toContain('vanish objects');
    expect(local).toContain('kill-thread matcher');
    for (const name of ['cut objects', 'cut vectors', 'vanish vectors']) {
      expect(local).not.toContain(name);
    }
  });

  it('pauses processes for longer than the job lock time', () => {
    const pauses = planFaults({ ...OPTIONS, lockMs: 5_000 }).filter((f) => f.kind === 'pause');
    expect(pauses.length).toBeGreaterThan(0);
    for (const { durationMs } of pauses) expect(durationMs).toBeGreaterThan(5_000);
  });
});
