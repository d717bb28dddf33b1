import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bed } from './bed.js';
import { JobDuplicator } from './job-duplicator.js';
import { type Fault, nameOf, pickOf } from './schedule.js';

export interface InjectedFault {
  readonly fault: Fault;
  /** Why the fault could not be injected; null if it was. */
  readonly problem: string | null;
  /** Whether the import was still running after the fault. */
  readonly duringImport: boolean;
}

/**
 * Injects each fault at its time. Faults may overlap, except for faults of the same kind and target. Resolves when
 * everything is available again.
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
      .then(() => injectOne(bed, jobs, fault))
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

async function injectOne(bed: Bed, jobs: JobDuplicator, fault: Fault): Promise<void> {
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

/** Sends SIGKILL to a process as soon as it runs. */
async function kill(bed: Bed, { target, pick }: Extract<Fault, { kind: 'kill' }>) {
  if (target === 'redis') await bed.redisServer.kill();
  else await pickOf(bed.named(target), pick).kill();
}

/** Terminates one thread of a process. */
async function killThread(bed: Bed, { target, pick }: Extract<Fault, { kind: 'kill-thread' }>) {
  await pickOf(bed.named(target), pick).killThread(pick);
}

/** Stops a process for longer than a job lock lasts: when it continues, other processes have its jobs. */
async function pause(bed: Bed, fault: Extract<Fault, { kind: 'pause' }>) {
  const resume = await pickOf(bed.named(fault.target), fault.pick).pause();
  await sleep(fault.durationMs);
  resume();
}

/** Makes a dependency unavailable for some time. Its data is kept. */
async function vanish(bed: Bed, fault: Extract<Fault, { kind: 'vanish' }>) {
  const proxy = bed.proxies.get(fault.target);
  if (!proxy) await moveFolder(bed.archive.folder!, fault.durationMs);
  else if (fault.how === 'refuse') {
    proxy.refuse();
    await sleep(fault.durationMs);
    await proxy.listen();
  } else {
    proxy.pause();
    await sleep(fault.durationMs);
    proxy.resume();
  }
}

/** Simulates a network drive that is not mounted. */
async function moveFolder(folder: string, durationMs: number): Promise<void> {
  await rename(folder, `${folder}-unmounted`);
  await sleep(durationMs);
  await rename(`${folder}-unmounted`, folder);
}

/** Closes every connection to a dependency in the middle of an answer: the caller cannot know whether it was done. */
function cut(bed: Bed, fault: Extract<Fault, { kind: 'cut' }>): void {
  bed.proxies.get(fault.target)!.cut(fault.afterBytes);
}
