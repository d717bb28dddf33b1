import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { type DeadJob, type KeptLetter } from '#shared/contracts/dead-letter.js';
import { lanePriority } from '#shared/contracts/queue-contract.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { REDIS } from '#shared/platform/tokens.js';
import { DeadLetterRepository } from './dead-letter-repository.js';

const retentionSchema = z.union([
  z.boolean(),
  z.number(),
  z.object({ age: z.number(), count: z.number().exactOptional() }),
]);

/** The options to restore when a job is added again. */
const jobOptionsSchema = z.object({
  // An archive image has the number of its turn, which is over.
  priority: z
    .number()
    .transform((priority) => Math.min(priority, lanePriority('archive')))
    .exactOptional(),
  attempts: z.number().exactOptional(),
  backoff: z
    .object({
      type: z.string(),
      delay: z.number().exactOptional(),
      jitter: z.number().exactOptional(),
    })
    .exactOptional(),
  removeOnComplete: retentionSchema.exactOptional(),
  removeOnFail: retentionSchema.exactOptional(),
});

/**
 * - `replayed`: its job is on its queue
 * - `busy`: a worker has its job right now; the letter stays and can be replayed a little later
 * - `not-replayable`: the letter does not hold the whole job
 * - `gone`: another request replays it, or its image has another outcome
 */
export type ReplayResult = 'replayed' | 'busy' | 'not-replayable' | 'gone';

/**
 * Adds the job of a dead letter again, in three steps: reopen the image's outcome, add the job, remove the
 * letter. After a crash between two steps the letter is still there, and every step can be repeated.
 */
@Injectable()
export class DeadLetterReplay implements OnApplicationShutdown {
  private readonly queues = new Map<string, Queue>();

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    private readonly ledger: OutcomeLedger,
    private readonly letters: DeadLetterRepository,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  async replay(letter: KeptLetter): Promise<ReplayResult> {
    const { job, queue } = letter;
    if (!job?.whole || queue === null) return 'not-replayable';
    if (!(await this.ledger.reopen(letter))) return 'gone';
    if (!(await this.add(this.queueOf(queue), job))) return 'busy';
    // If the job has failed again already, its new letter stays.
    await this.letters.remove(letter);
    return 'replayed';
  }

  /** @returns false while a worker has the job: BullMQ would ignore an addition with the same id */
  private async add(queue: Queue, job: DeadJob): Promise<boolean> {
    const state = await queue.getJobState(job.id);
    if (state === 'active') return false;
    // An earlier replay crashed before it removed the letter.
    if (state === 'completed') return true;
    if (state === 'failed') await queue.remove(job.id);
    const opts = { ...jobOptionsSchema.parse(job.opts), jobId: job.id };
    await queue.add(job.name, JSON.parse(job.data), opts);
    return true;
  }

  private queueOf(name: string): Queue {
    let queue = this.queues.get(name);
    if (!queue) {
      queue = new Queue(name, { connection: this.redis, prefix: QUEUE_PREFIX });
      queue.on('error', () => undefined);
      this.queues.set(name, queue);
    }
    return queue;
  }
}
