import { setTimeout as sleep } from 'node:timers/promises';
import { type Bed } from './bed.js';
import { cut } from './faults/cut.js';
import { JobDuplicator } from './faults/duplicate.js';
import { kill, killThread } from './faults/kill.js';
import { pause } from './faults/pause.js';
import { vanish } from './faults/vanish.js';
import { nameOf, type Fault } from './schedule.js';

export interface InjectedFault {
  readonly fault: Fault;
  /** What kept it from happening. */
  readonly problem: string | null;
  /** Whether the import was still running afterwards. */
  readonly duringImport: boolean;
}

/**
 * Brings the faults at their times, whatever the ones before are doing; of those that take something
 * away for a while, one at a time for each thing. Resolves when everything is back.
 */
export async function inject(
  bed: Bed,
  faults: readonly Fault[],
  importing: () => boolean,
): Promise<InjectedFault[]> {
  const jobs = new JobDuplicator(bed.redis);
  const lastOf = new Map<string, Promise<unknown>>();
  const start = performance.now();
  const running: Promise<InjectedFault>[] = [];
  for (const fault of faults) {
    await sleep(Math.max(0, start + fault.atMs - performance.now()));
    const name = nameOf(fault);
    const before = lastOf.get(name) ?? Promise.resolve();
    const done = before
      .then(() => bring(bed, jobs, fault))
      .then(
        () => null,
        (error: unknown) => String(error),
      )
      .then((problem) => ({ fault, problem, duringImport: importing() }));
    lastOf.set(name, done);
    running.push(done);
  }
  const injected = await Promise.all(running);
  await jobs.close();
  return injected;
}

async function bring(bed: Bed, jobs: JobDuplicator, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'kill':
      return kill(bed, fault);
    case 'kill-thread':
      return killThread(bed, fault);
    case 'pause':
      return pause(bed, fault);
    case 'vanish':
      return vanish(bed, fault);
    case 'cut':
      cut(bed, fault);
      return;
    case 'duplicate':
      return jobs.duplicate(fault);
  }
}
