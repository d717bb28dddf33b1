import { Logger } from '@nestjs/common';
import { type JobsOptions, Job, Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { isDeepStrictEqual } from 'node:util';
import { PipelineError, toPipelineError, type Stage } from '../../contracts/pipeline-error.js';
import { type QueueContract } from '../../contracts/queue-contract.js';
import { parseJobFailure } from './job-handler.js';
import { startAdding, traceOptions, type TraceOrigin } from './job-telemetry.js';
import { QueueListener } from './queue-listener.js';
import { QUEUE_PREFIX } from './redis.js';

/** Name of a contract's jobs: it tells who reads the queue which payload version they carry. */
export function jobName({ queue, version }: { queue: string; version: number }): string {
  return `${queue}.v${version}`;
}

/** How a contract wants a payload's job to be run and kept. */
export function jobOptions<Payload>(
  contract: QueueContract<Payload, unknown>,
  payload: Payload,
): JobsOptions {
  return {
    jobId: contract.jobId(payload),
    priority: contract.priority(payload),
    attempts: contract.attempts,
    backoff: { type: 'exponential', delay: contract.backoffMs, jitter: 0.5 },
    removeOnComplete: contract.keepCompleted(payload),
    removeOnFail: contract.keepFailed(payload),
  };
}

const FORGOTTEN_AT_ONCE = 10_000;
const DEADLINE_EXCEEDED = 'DEADLINE_EXCEEDED';

/** Puts payloads on a contract's queue: parsed first, with the derived id. */
export class ContractProducer<Payload, Result> {
  private readonly queue: Queue;
  private readonly logger: Logger;
  private readonly listener: QueueListener;

  constructor(
    private readonly contract: QueueContract<Payload, Result>,
    private readonly redis: Redis,
  ) {
    this.logger = new Logger(`producer:${contract.queue}`);
    this.queue = new Queue(contract.queue, { connection: redis, prefix: QUEUE_PREFIX });
    this.listener = new QueueListener(contract.queue, redis, this.logger);
    this.queue.on('error', (error) => this.logger.warn(error.message));
    // Every request in hand listens for the queue's end.
    this.queue.setMaxListeners(0);
  }

  async add(payload: Payload): Promise<void> {
    await this.addBulk([payload]);
  }

  /**
   * Adds all or none; a payload already on the queue is left as it is.
   * @param origins of the traces of the payloads, or one of all
   */
  async addBulk(
    payloads: readonly Payload[],
    origins: TraceOrigin | readonly TraceOrigin[] = {},
  ): Promise<void> {
    const data = payloads.map((payload) => this.contract.payload.parse(payload));
    const originOf = (index: number) => ('length' in origins ? origins[index] : origins);
    const spans = data.map((payload, i) => startAdding(this.contract, payload, originOf(i)));
    try {
      await this.queue.addBulk(
        data.map((payload, i) => ({
          name: jobName(this.contract),
          data: payload,
          opts: { ...jobOptions(this.contract, payload), ...traceOptions(spans[i] ?? null) },
        })),
      );
    } finally {
      for (const span of spans) span?.end();
    }
  }

  /**
   * Adds a payload and waits for its result. Of an earlier job of the same id, a result is taken at
   * once, a failure is not: the job runs afresh.
   * @throws PipelineError DEADLINE_EXCEEDED, or what the job failed with
   */
  async request(payload: Payload, deadlineMs: number, stage: Stage): Promise<Result> {
    const deadline = Date.now() + deadlineMs;
    const data = this.contract.payload.parse(payload);
    const id = this.contract.jobId(payload);
    return this.listener.use(async (events) => {
      for (;;) {
        await this.clearFailed(id);
        const job = await this.addTraced(data);
        try {
          const left = Math.max(1, deadline - Date.now());
          return this.contract.result.parse(await job.waitUntilFinished(events, left));
        } catch (error) {
          if (Date.now() < deadline && (await this.failedForAnother(id, data, error))) continue;
          throw requestError(error, deadlineMs, stage);
        }
      }
    });
  }

  /** Jobs that wait for a worker, both lanes. */
  async backlog(): Promise<number> {
    const counts = await this.queue.getJobCounts('wait', 'prioritized', 'delayed');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async counts(): Promise<Record<string, number>> {
    return this.queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed');
  }

  /** Whether the queue holds a job of each of these ids that still has work before it. */
  async holds(ids: readonly string[]): Promise<boolean[]> {
    const reads = this.redis.pipeline();
    for (const id of ids) {
      reads.exists(this.queue.toKey(id)).zscore(this.queue.toKey('failed'), id);
    }
    const results = (await reads.exec()) ?? [];
    return ids.map((_, i) => results[2 * i]?.[1] === 1 && results[2 * i + 1]?.[1] === null);
  }

  /**
   * Removes finished jobs that are kept longer than they need be: BullMQ itself looks at their age only
   * when the next one finishes.
   */
  async forgetFinished(olderThanMs: number): Promise<void> {
    for (const state of ['completed', 'failed'] as const) {
      await this.queue.clean(olderThanMs, FORGOTTEN_AT_ONCE, state);
    }
  }

  async close(): Promise<void> {
    await this.listener.close();
    await this.queue.close();
  }

  private async addTraced(data: Payload): Promise<Job> {
    const span = startAdding(this.contract, data);
    const options = { ...jobOptions(this.contract, data), ...traceOptions(span) };
    try {
      return await this.queue.add(jobName(this.contract), data, options);
    } finally {
      span?.end();
    }
  }

  /** BullMQ ignores a job whose id it still holds, also when that one failed long ago. */
  private async clearFailed(id: string): Promise<void> {
    const failed = await this.redis.zscore(this.queue.toKey('failed'), id);
    if (failed !== null) await this.queue.remove(id);
  }

  /** Whether the job ended for somebody who asked for the same with an earlier deadline, or who removed it to run it afresh. */
  private async failedForAnother(id: string, data: Payload, error: unknown): Promise<boolean> {
    const message = error instanceof Error ? error.message : '';
    if (message.startsWith('Missing key for job')) return true;
    if (!message.startsWith(DEADLINE_EXCEEDED)) return false;
    const job = await Job.fromId(this.queue, id);
    return !isDeepStrictEqual(job?.data, data);
  }
}

function requestError(error: unknown, deadlineMs: number, stage: Stage): PipelineError {
  if (!(error instanceof Error)) return toPipelineError(error, stage);
  if (!error.message.includes('timed out before finishing')) {
    return parseJobFailure(error.message, stage);
  }
  return new PipelineError(
    DEADLINE_EXCEEDED,
    `no answer within ${deadlineMs} ms; the embedders are busy or away, try again`,
    { stage, class: 'retry', httpStatus: 504 },
  );
}
