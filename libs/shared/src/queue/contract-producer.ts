import { Job, Queue, QueueEvents, type JobsOptions } from 'bullmq';
import { Logger } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { PipelineError, toPipelineError, type Stage } from '../contracts/pipeline-error.js';
import { type QueueContract } from '../contracts/queue-contract.js';
import { parseJobFailure } from './job-failure.js';
import { QUEUE_PREFIX } from './redis-connection.js';

/** Puts payloads on a contract's queue: parsed first, with the derived id. */
export class ContractProducer<Payload, Result> {
  private readonly queue: Queue;
  private readonly logger: Logger;
  private events: QueueEvents | undefined;

  constructor(
    private readonly contract: QueueContract<Payload, Result>,
    private readonly redis: Redis,
  ) {
    this.logger = new Logger(`producer:${contract.queue}`);
    this.queue = new Queue(contract.queue, { connection: redis, prefix: QUEUE_PREFIX });
    this.queue.on('error', (error) => this.logger.warn(error.message));
  }

  async add(payload: Payload): Promise<void> {
    await this.addBulk([payload]);
  }

  /** Adds all or none; a payload already on the queue is left as it is, one that failed there runs afresh. */
  async addBulk(payloads: readonly Payload[]): Promise<void> {
    await this.clearFailed(payloads.map((payload) => this.contract.jobId(payload)));
    const jobs = payloads.map((payload) => ({
      name: this.contract.jobName,
      data: this.contract.payload.parse(payload),
      opts: this.options(payload),
    }));
    await this.queue.addBulk(jobs);
  }

  /**
   * Adds a payload and waits for its result. A failed or finished job of the same id is run afresh
   * when it failed, and answers at once when it finished.
   * @throws PipelineError DEADLINE_EXCEEDED, or what the job failed with
   */
  async request(payload: Payload, deadlineMs: number, stage: Stage): Promise<Result> {
    const id = this.contract.jobId(payload);
    const events = await this.listen();
    await this.clearFailed([id]);
    const job = await this.queue.add(
      this.contract.jobName,
      this.contract.payload.parse(payload),
      this.options(payload),
    );
    try {
      return this.contract.result.parse(await job.waitUntilFinished(events, deadlineMs));
    } catch (error) {
      throw await this.requestError(id, error, deadlineMs, stage);
    }
  }

  /** Jobs that wait for a worker, both lanes. */
  async backlog(): Promise<number> {
    const counts = await this.queue.getJobCounts('wait', 'prioritized', 'delayed');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async counts(): Promise<Record<string, number>> {
    return this.queue.getJobCounts('wait', 'prioritized', 'active', 'delayed', 'failed');
  }

  async close(): Promise<void> {
    await this.events?.close();
    await this.queue.close();
  }

  /** BullMQ ignores a job whose id it still holds, also when that one failed long ago. */
  private async clearFailed(ids: readonly string[]): Promise<void> {
    const scores = this.redis.pipeline();
    for (const id of ids) scores.zscore(this.queue.toKey('failed'), id);
    const results = (await scores.exec()) ?? [];
    const failed = ids.filter((_, index) => typeof results[index]?.[1] === 'string');
    await Promise.all(failed.map((id) => this.queue.remove(id)));
  }

  private options(payload: Payload): JobsOptions {
    const { contract } = this;
    return {
      jobId: contract.jobId(payload),
      priority: contract.priority(payload),
      attempts: contract.attempts,
      backoff: { type: 'exponential', delay: contract.backoffMs, jitter: 0.5 },
      removeOnComplete: contract.keepCompleted(payload),
      removeOnFail: contract.keepFailed,
    };
  }

  private async listen(): Promise<QueueEvents> {
    if (!this.events) {
      // A blocking read needs a connection of its own.
      this.events = new QueueEvents(this.contract.queue, {
        connection: this.redis.duplicate(),
        prefix: QUEUE_PREFIX,
      });
      this.events.on('error', (error) => this.logger.warn(error.message));
      this.events.setMaxListeners(0);
    }
    await this.events.waitUntilReady();
    return this.events;
  }

  private async requestError(
    id: string,
    error: unknown,
    deadlineMs: number,
    stage: Stage,
  ): Promise<PipelineError> {
    const job = await Job.fromId(this.queue, id);
    if (job?.failedReason) return parseJobFailure(job.failedReason, stage);
    if (error instanceof Error && /timed out/i.test(error.message)) {
      return new PipelineError(
        'DEADLINE_EXCEEDED',
        `no answer within ${deadlineMs} ms; the embedders are busy or away, try again`,
        { stage, class: 'retry', httpStatus: 504 },
      );
    }
    return toPipelineError(error, stage);
  }
}
