import { type Logger } from '@nestjs/common';
import { DelayedError, UnrecoverableError, type Job } from 'bullmq';
import { setTimeout as sleep } from 'node:timers/promises';
import { dependencyKey, REDIS_DEPENDENCY, type Dependency } from '../../contracts/dependency.js';
import { type PipelineError, type Stage } from '../../contracts/pipeline-error.js';
import { type QueueContract } from '../../contracts/queue-contract.js';
import { crashesOf, evidenceOf, readCrashRecord } from './job-evidence.js';
import { formatJobFailure, readPayload, type JobHandler, type ReadPayload } from './job-handler.js';
import { jittered, withinTimeLimit } from './time-limit.js';

/** Delay of a job that cannot run now for a reason that may take a while, milliseconds. */
export const WAIT_DELAY_MS = 5_000;

/**
 * A job that cannot run now is kept this long before it goes back to the queue, milliseconds. Otherwise a
 * queue full of such jobs would be read and written as fast as Redis can, and no other job would get a turn.
 */
const PUT_BACK_PACE_MS = 100;

/** What a run needs from its worker. */
export interface RunContext<Payload, Result> {
  readonly contract: QueueContract<Payload, Result>;
  readonly handler: JobHandler<Payload, Result>;
  readonly stage: Stage;
  /** `embedder@HOST:PID` */
  readonly worker: string;
  readonly timeoutMs: number;
  readonly logger: Logger;
  /** Aborted when the worker closes. */
  readonly closing: AbortSignal;
}

/** How a run of the handler ended. */
export type RunOutcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'later'; readonly delayMs: number }
  | { readonly kind: 'failed'; readonly failure: PipelineError };

/** One run of one job, from taking it off the queue until the queue is given its outcome. */
export class JobRun<Payload, Result> {
  readonly read: ReadPayload<Payload>;
  /** The error that the run ended with, if any. */
  failure: PipelineError | null = null;

  constructor(
    private readonly context: RunContext<Payload, Result>,
    readonly job: Job,
    private readonly token: string | undefined,
  ) {
    this.read = readPayload(context.contract, job.data);
  }

  get id(): string {
    return this.job.id!;
  }

  /** How often a worker died during this job. */
  get crashes(): number {
    return crashesOf(this.job);
  }

  /** For log lines and spans; none when the payload could not be read. */
  get ids(): Readonly<Record<string, string>> {
    const { read, context } = this;
    return read.kind === 'payload' ? (context.contract.ids?.(read.payload) ?? {}) : {};
  }

  get dependencies(): readonly Dependency[] {
    return [...this.needs, REDIS_DEPENDENCY];
  }

  /** The dependency that an error of class `wait` is about: the error names it, or the job has only one. */
  dependencyOf(failure: PipelineError): Dependency | undefined {
    const { needs } = this;
    const named = failure.dependency ?? (needs.length === 1 ? needs[0] : undefined);
    const key = named && dependencyKey(named);
    return this.dependencies.find((dependency) => dependencyKey(dependency) === key);
  }

  /** Runs the handler. @throws PipelineError STAGE_TIMEOUT, and whatever the handler throws */
  handle(): Promise<Result> {
    const { handler, timeoutMs, stage } = this.context;
    return withinTimeLimit(handler.handle(this.payload), timeoutMs, stage);
  }

  /** Runs `work` with a crash record in Redis, which counts against the job if the worker dies meanwhile. */
  async withCrashRecord<T>(work: () => Promise<T>): Promise<T> {
    const { worker: self } = this.context;
    const before = readCrashRecord(this.job.progress) ?? { deaths: 0, worker: self };
    await this.job.updateProgress({ deaths: before.deaths + 1, worker: self });
    const result = await work();
    await this.job.updateProgress(before);
    return result;
  }

  /** Gives the queue the outcome of the handler. */
  async settle(outcome: RunOutcome<Result>): Promise<Result> {
    if (outcome.kind === 'done') return outcome.result;
    if (outcome.kind === 'later') return this.later(outcome.delayMs);
    return this.failed(outcome.failure);
  }

  /** Puts the job back on the queue for a while; no attempt is counted. */
  async later(delayMs: number): Promise<never> {
    const until = Date.now() + delayMs;
    const pauseMs = Math.min(delayMs, jittered(PUT_BACK_PACE_MS));
    const { closing } = this.context;
    await sleep(pauseMs, undefined, { signal: closing }).catch(() => undefined);
    await this.job.moveToDelayed(until, this.token);
    throw new DelayedError();
  }

  /** Ends the job for good. It ends only once the handler has recorded that; until then it waits. */
  async giveUp(failure: PipelineError, failedNow: 0 | 1): Promise<never> {
    this.failure = failure;
    const { contract, handler, worker, logger } = this.context;
    const evidence = evidenceOf(this.job, contract.queue, worker, failedNow);
    try {
      if (this.read.kind === 'payload') {
        await handler.giveUp(this.read.payload, failure, evidence);
      } else {
        await handler.reject?.(failure, evidence);
      }
    } catch (error) {
      logger.error(`job ${this.id} cannot be given up: ${String(error)}`);
      return this.later(jittered(WAIT_DELAY_MS));
    }
    throw new UnrecoverableError(formatJobFailure(failure));
  }

  /** Puts the job back at once: this process ends before the handler does. */
  async handBack(): Promise<void> {
    await this.job.moveToWait(this.token);
  }

  private async failed(failure: PipelineError): Promise<never> {
    this.failure = failure;
    const lastAttempt = this.job.attemptsMade + 1 >= (this.job.opts.attempts ?? 1);
    if (failure.class === 'quarantine' || lastAttempt) return this.giveUp(failure, 1);
    this.context.logger.warn(`${formatJobFailure(failure)}; job ${this.id} will be retried`);
    throw new Error(formatJobFailure(failure), { cause: failure });
  }

  /** What the payload needs, apart from Redis. */
  private get needs(): readonly Dependency[] {
    return this.context.handler.needs?.(this.payload) ?? [];
  }

  private get payload(): Payload {
    if (this.read.kind === 'payload') return this.read.payload;
    throw new TypeError('a job without a readable payload is never handled');
  }
}
