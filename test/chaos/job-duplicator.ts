import { type JobsOptions, Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { type Fault, pickOf } from './schedule.js';

interface SeenJob {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  readonly opts: JobsOptions;
}

const LOOK_MS = 100;
const AT_ONCE = 100;

/** Records the jobs that it sees on the queues and adds copies of them. */
export class JobDuplicator {
  private readonly queues: Readonly<Record<string, Queue>>;
  private readonly seen = new Map<Queue, Map<string, SeenJob>>();
  private readonly watching: Promise<void>;
  private stopped = false;
  private copies = 0;

  constructor(redis: Redis) {
    const open = (name: string) => {
      const queue = new Queue(name, { connection: redis, prefix: QUEUE_PREFIX });
      queue.on('error', () => undefined);
      this.seen.set(queue, new Map());
      return [name, queue];
    };
    this.queues = Object.fromEntries(
      [embedImageContract.queue, matchFacesContract.queue].map(open),
    ) as Record<string, Queue>;
    this.watching = this.watch();
  }

  /** Adds copies of jobs that wait, are in progress or have finished, with the same id or a new one. */
  async duplicate({ target, sameId, picks }: Extract<Fault, { kind: 'duplicate' }>): Promise<void> {
    const queue = this.queues[target]!;
    const jobs = [...this.seen.get(queue)!.values()];
    if (jobs.length === 0) throw new Error(`no job was seen on ${target}`);
    for (const pick of picks) {
      const { id, name, data, opts } = pickOf(jobs, pick);
      const jobId = sameId ? id : `copy-${++this.copies}-${id}`;
      await queue.add(name, data, { ...opts, jobId });
    }
  }

  async close(): Promise<void> {
    this.stopped = true;
    await this.watching;
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
  }

  private async watch(): Promise<void> {
    while (!this.stopped) {
      for (const [queue, seen] of this.seen) await this.look(queue, seen);
      await sleep(LOOK_MS);
    }
  }

  private async look(queue: Queue, seen: Map<string, SeenJob>): Promise<void> {
    const states = ['active', 'prioritized', 'wait', 'delayed'] as const;
    // Redis may be killed meanwhile, and a job may be removed while it is read.
    const jobs = await queue.getJobs([...states], 0, AT_ONCE).catch(() => []);
    for (const job of jobs.filter(Boolean)) {
      const { id = '', name, opts } = job;
      if (/^[0-9a-f]{32}$/.test(id)) seen.set(id, { id, name, data: job.data as unknown, opts });
    }
  }
}
