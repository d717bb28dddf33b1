import { Logger } from '@nestjs/common';
import { DelayedError, UnrecoverableError, Worker, type Job } from 'bullmq';
import { type Redis } from 'ioredis';
import { hostname } from 'node:os';
import { PipelineError, toPipelineError, type Stage } from '../contracts/pipeline-error.js';
import { type QueueContract } from '../contracts/queue-contract.js';
import {
  shutdownParticipants,
  type ShutdownParticipant,
} from '../runtime/shutdown-participants.js';
import { type JobEvidence } from './job-evidence.js';
import { formatJobFailure } from './job-failure.js';
import { QUEUE_PREFIX } from './redis-connection.js';

/** Thrown by a handler to put the job back for a while without burning an attempt. */
export class PostponeJob extends Error {
  constructor(
    readonly delayMs: number,
    reason: string,
  ) {
    super(reason);
    this.name = 'PostponeJob';
  }
}

export interface JobHandler<Payload, Result> {
  /** At-least-once: must be safe to run twice, also at the same time. */
  handle(payload: Payload): Promise<Result>;
  /** Called once more work on the job is pointless, before it is marked failed. Safe to run twice. */
  giveUp(payload: Payload, error: PipelineError, evidence: JobEvidence): Promise<void>;
  /**
   * A payload that does not parse, so nothing of it may be trusted: PAYLOAD_INVALID, class quarantine.
   * Called before the job is marked failed. Safe to run twice.
   */
  reject?(error: PipelineError, evidence: JobEvidence): Promise<void>;
}

export interface ContractWorkerOptions {
  readonly redis: Redis;
  /** Of the service: `embedder`. Jobs remember `embedder@HOST:PID` as who had them in hand. */
  readonly name: string;
  readonly stage: Stage;
  /** Jobs in hand at once. */
  readonly concurrency: number;
}

/** How long a job waits while a dependency is down, milliseconds. */
const WAIT_DELAY_MS = 5_000;

/**
 * A dead worker's jobs come back when their lock has run out and the next check sees it: after
 * 40 s at most. Locks are renewed at half time by an event loop that inference never blocks.
 */
const LOCK_DURATION_MS = 30_000;
const STALLED_CHECK_MS = 10_000;

/** Takes jobs off a contract's queue: parse, handle, map errors onto BullMQ's outcomes. */
export class ContractWorker<Payload, Result> implements ShutdownParticipant {
  private readonly inHand = new Map<Job, string | undefined>();
  private readonly worker: Worker;
  private readonly logger: Logger;
  private readonly stage: Stage;
  private readonly name: string;

  constructor(
    private readonly contract: QueueContract<Payload, Result>,
    private readonly handler: JobHandler<Payload, Result>,
    options: ContractWorkerOptions,
  ) {
    this.stage = options.stage;
    this.name = `${options.name}@${hostname()}:${process.pid}`;
    this.logger = new Logger(`worker:${contract.queue}`);
    this.worker = new Worker(contract.queue, (job, token) => this.process(job, token), {
      connection: options.redis,
      prefix: QUEUE_PREFIX,
      name: this.name,
      autorun: false,
      concurrency: options.concurrency,
      lockDuration: LOCK_DURATION_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: 3,
    });
    this.worker.on('error', (error) => this.logger.warn(error.message));
    this.worker.on('failed', (job, error) => {
      if (job && error.message.includes('stalled more than')) void this.giveUpStalled(job);
    });
  }

  start(): void {
    shutdownParticipants.add(this);
    this.worker.run().catch((error: unknown) => this.logger.error(error));
  }

  /** Takes no more jobs and waits for those in hand. */
  async close(): Promise<void> {
    await this.worker.close();
    shutdownParticipants.remove(this);
  }

  stopTaking(): void {
    this.close().catch((error: unknown) => this.logger.error(error));
  }

  async handBack(): Promise<void> {
    await Promise.allSettled([...this.inHand].map(([job, token]) => job.moveToWait(token)));
  }

  private async process(job: Job, token?: string): Promise<Result> {
    this.inHand.set(job, token);
    try {
      return await this.work(job, token);
    } finally {
      this.inHand.delete(job);
    }
  }

  private async work(job: Job, token?: string): Promise<Result> {
    const parsed = this.contract.payload.safeParse(job.data);
    if (!parsed.success) {
      const problems = parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`);
      const error = new PipelineError('PAYLOAD_INVALID', problems.join('; '), {
        ...{ stage: this.stage, class: 'quarantine' },
      });
      await this.handler.reject?.(error, this.evidence(job, 0));
      throw new UnrecoverableError(formatJobFailure(error));
    }
    try {
      return await this.handler.handle(parsed.data);
    } catch (error) {
      if (error instanceof PostponeJob) return this.postpone(job, token, error.delayMs);
      const failure = toPipelineError(error, this.stage);
      if (failure.class === 'wait') {
        this.logger.warn(`${failure.code}: ${failure.message}; job ${job.id ?? ''} waits`);
        return this.postpone(job, token, WAIT_DELAY_MS);
      }
      throw await this.fail(job, parsed.data, failure);
    }
  }

  private async postpone(job: Job, token: string | undefined, delayMs: number): Promise<never> {
    await job.moveToDelayed(Date.now() + delayMs, token);
    throw new DelayedError();
  }

  private async fail(job: Job, payload: Payload, failure: PipelineError): Promise<Error> {
    const lastAttempt = job.attemptsMade + 1 >= this.contract.attempts;
    if (failure.class !== 'quarantine' && !lastAttempt) {
      this.logger.warn(`${formatJobFailure(failure)}; job ${job.id ?? ''} will be tried again`);
      return new Error(formatJobFailure(failure), { cause: failure });
    }
    await this.handler.giveUp(payload, failure, this.evidence(job, 1));
    return new UnrecoverableError(formatJobFailure(failure));
  }

  /** BullMQ fails a job that killed its worker too often without asking the handler. */
  private async giveUpStalled(job: Job): Promise<void> {
    try {
      const error = new PipelineError(
        'WORKER_CRASHED',
        'the worker died or hung on this input several times',
        { stage: this.stage, class: 'quarantine' },
      );
      const payload = this.contract.payload.parse(job.data);
      await this.handler.giveUp(payload, error, this.evidence(job, 0));
    } catch (error) {
      this.logger.error(error);
    }
  }

  /** @param failedNow 1 when the run that has just failed is not counted in the job yet */
  private evidence(job: Job, failedNow: number): JobEvidence {
    const { name, opts, attemptsMade, stalledCounter, timestamp } = job;
    return {
      job: { queue: this.contract.queue, name, id: job.id!, data: job.data as unknown, opts },
      attempts: attemptsMade + failedNow,
      crashes: stalledCounter,
      worker: this.name,
      lastCrashedWorker: null,
      addedAt: timestamp,
    };
  }
}
