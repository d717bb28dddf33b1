import { Logger } from '@nestjs/common';
import { type JobsOptions, Job, Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { isDeepStrictEqual } from 'node:util';
import { PipelineError, toPipelineError, type Stage } from '../../contracts/pipeline-error.js';
import { type QueueContract } from '../../contracts/queue-contract.js';
import { parseJobFailure } from './job-handler.js';
import { startAdding, traceOptions, type TraceOrigin } from './job-tracing.js';
import { QueueListener } from './queue-listener.js';
import { QUEUE_PREFIX } from './redis.js';

/** Name of a contract's jobs; shows a reader of the queue which payload version they carry. */
export function jobName({ queue, version }: { queue: string; version: number }): string {
  return `${queue}.v${version}`;
}

/** BullMQ's options for the job of a payload. */
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

const MAX_REMOVED = 10_000;
const DEADLINE_EXCEEDED = 'DEADLINE_EXCEEDED';

/** Adds jobs to a contract's queue. Payloads are parsed first; job ids are derived from them. */
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
    // Every active request listens for the close of the queue.
    this.queue.setMaxListeners(0);
  }

  async add(payload: Payload): Promise<void> {
    await this.addBulk([payload]);
  }

  /**
   * Adds all payloads or none; a payload that is on the queue already is not added again.
   * @param origins one for each payload, or one for all
   * @param priorities one for each payload, in place of the contract's
   */
  async addBulk(
    payloads: readonly Payload[],
    origins: TraceOrigin | readonly TraceOrigin[] = {},
    priorities?: readonly number[],
  ): Promise<void> {
    const data = payloads.map((payload) => this.contract.payload.parse(payload));
    const originOf = (index: number) => ('length' in origins ? origins[index] : origins);
    const spans = data.map((payload, i) => startAdding(this.contract, payload, originOf(i)));
    try {
      await this.queue.addBulk(
        data.map((payload, i) => ({
          name: jobName(this.contract),
          data: payload,
          opts: {
            ...jobOptions(this.contract, payload),
            ...traceOptions(spans[i] ?? null),
            ...(priorities && { priority: priorities[i] ?? this.contract.priority(payload) }),
          },
        })),
      );
    } finally {
      for (const span of spans) span?.end();
    }
  }

  /**
   * Adds a payload and waits for its result. If an earlier job of the same id is done, its result is
   * returned at once; if it failed, the job runs again.
   * @throws PipelineError DEADLINE_EXCEEDED, or the error of the job
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

  /** Number of jobs that wait for a worker, in both lanes. */
  async backlog(): Promise<number> {
    const counts = await this.queue.getJobCounts('wait', 'prioritized', 'delayed');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async counts(): Promise<Record<string, number>> {
    return this.queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed');
  }

  /** For each id: whether the queue has a job of that id that is not done and has not failed. */
  async holds(ids: readonly string[]): Promise<boolean[]> {
    const reads = this.redis.pipeline();
    for (const id of ids) {
      reads.exists(this.queue.toKey(id)).zscore(this.queue.toKey('failed'), id);
    }
    const results = (await reads.exec()) ?? [];
    return ids.map((_, i) => results[2 * i]?.[1] === 1 && results[2 * i + 1]?.[1] === null);
  }

  /**
   * Removes finished jobs that are older than this. BullMQ itself checks their age only when the next job
   * finishes.
   */
  async forgetFinished(olderThanMs: number): Promise<void> {
    for (const state of ['completed', 'failed'] as const) {
      await this.queue.clean(olderThanMs, MAX_REMOVED, state);
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

  /** BullMQ ignores a new job while it keeps another one of the same id, even if that one has failed. */
  private async clearFailed(id: string): Promise<void> {
    const failed = await this.redis.zscore(this.queue.toKey('failed'), id);
    if (failed !== null) await this.queue.remove(id);
  }

  /** Whether another caller caused the failure: one with an earlier deadline, or one that removed the job to run it again. */
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
    `no answer within ${deadlineMs} ms; the embedders are busy or unavailable; try again`,
    { stage, class: 'retry', httpStatus: 504 },
  );
}
