import { Logger } from '@nestjs/common';
import { Worker, type Job, DelayedError, UnrecoverableError } from 'bullmq';
import { type Redis } from 'ioredis';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  redisTrouble,
  PipelineError,
  toPipelineError,
  type Stage,
  REDIS_DEPENDENCY,
} from '../../contracts/pipeline-error.js';
import { type QueueContract } from '../../contracts/queue-contract.js';
import { type Span } from '../observability/tracing.js';
import { shutdownParticipants, type ShutdownParticipant } from '../runtime/shutdown.js';
import { type QueueConfig } from '../settings/service.config.js';
import { DependencyBreakers, type Absence } from './dependency-breakers.js';
import { crashesOf, killsItsWorkers, readCrashRecord, evidenceOf } from './job-evidence.js';
import {
  formatJobFailure,
  parseJobFailure,
  PostponeJob,
  type JobHandler,
  readPayload,
} from './job-handler.js';
import {
  withinJob,
  countFailure,
  countJob,
  countTaken,
  unwatchWorker,
  watchWorker,
  type JobResult,
} from './job-telemetry.js';
import { QUEUE_PREFIX } from './redis.js';
import { withinTimeLimit } from './time-limit.js';

/** How long a Redis is left alone that has just refused to hand out a job, milliseconds. */
const REST_MS = 2_000;

/** BullMQ's own asks again at once, thousands of times a second, while Redis is full or still loading. */
class PatientWorker extends Worker {
  protected override async moveToActive(token: string, name?: string): Promise<Job> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      if (redisTrouble(error)) await sleep(REST_MS);
      throw error;
    }
  }
}

interface ContractWorkerOptions {
  readonly redis: Redis;
  /** Of the service: `embedder`. Jobs remember `embedder@HOST:PID` as who had them in hand. */
  readonly name: string;
  readonly stage: Stage;
  /** Jobs in hand at once. */
  readonly concurrency: number;
  readonly config: QueueConfig;
}

/** How long a job stays away that nobody can do anything about for now, milliseconds. */
const WAIT_DELAY_MS = 5_000;

/** How long a job stays away while another one that may kill its worker is in hand, milliseconds. */
const SUSPECT_DELAY_MS = 250;

/**
 * A job that cannot be handled now is kept in hand so long before it goes back: a queue full of them is
 * turned over at `concurrency` a tenth of a second, not as fast as Redis can, and others find their turn.
 */
const PUT_BACK_PACE_MS = 100;

const NEWER_LOG_INTERVAL_MS = 60_000;

/** What a run of the handler came to. */
type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'later'; readonly delayMs: number }
  | { readonly kind: 'failed'; readonly failure: PipelineError };

/** Takes jobs off a contract's queue: parse, handle, map errors onto BullMQ's outcomes. */
export class ContractWorker<Payload, Result> implements ShutdownParticipant {
  private readonly inHand = new Map<Job, string | undefined>();
  private readonly worker: Worker;
  private readonly logger: Logger;
  private readonly name: string;
  private readonly breakers = new DependencyBreakers();
  private readonly closing = new AbortController();
  private suspectInHand = false;
  private newerLoggedAt = -Infinity;

  constructor(
    private readonly contract: QueueContract<Payload, Result>,
    private readonly handler: JobHandler<Payload, Result>,
    private readonly options: ContractWorkerOptions,
  ) {
    const { redis, concurrency, config } = options;
    this.logger = new Logger(`worker:${contract.queue}`);
    this.name = `${options.name}@${hostname()}:${process.pid}`;
    this.worker = new PatientWorker(contract.queue, (job, token) => this.process(job, token), {
      connection: redis,
      prefix: QUEUE_PREFIX,
      name: this.name,
      autorun: false,
      concurrency,
      lockDuration: config.JOB_LOCK_MS,
      stalledInterval: Math.ceil(config.JOB_LOCK_MS / 3),
      // Never failed by BullMQ, which would not ask the handler.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      // After a Redis that was away.
      runRetryDelay: 1_000,
    });
    this.worker.on('error', (error) => this.logger.warn(error.message));
  }

  get queue(): string {
    return this.contract.queue;
  }

  get jobsInHand(): number {
    return this.inHand.size;
  }

  /** Dependencies whose jobs wait. */
  get absences(): readonly Absence[] {
    return this.breakers.absences;
  }

  start(): void {
    shutdownParticipants.add(this);
    watchWorker(this);
    this.worker.run().catch((error: unknown) => this.logger.error(error));
  }

  /** Takes no more jobs and waits for those in hand. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.worker.close();
    shutdownParticipants.remove(this);
    unwatchWorker(this);
  }

  stopTaking(): void {
    this.close().catch((error: unknown) => this.logger.error(error));
  }

  async handBack(): Promise<void> {
    await Promise.allSettled([...this.inHand].map(([job, token]) => job.moveToWait(token)));
  }

  private async process(job: Job, token?: string): Promise<Result> {
    this.inHand.set(job, token);
    countTaken(this.queue, job);
    const begin = performance.now();
    let came: JobResult = 'done';
    try {
      return await this.work(job, token);
    } catch (error) {
      came = resultOf(error);
      throw error;
    } finally {
      this.inHand.delete(job);
      countJob(this.queue, came, performance.now() - begin);
    }
  }

  private async work(job: Job, token?: string): Promise<Result> {
    const read = readPayload(this.contract, job.data);
    if (read.kind === 'newer') return this.leaveToNewer(job, token, read.version);
    if (read.kind === 'invalid') return this.reject(job, token, read.problems);
    const { payload } = read;
    return withinJob(job, this.queue, this.contract.ids?.(payload) ?? {}, async (span) => {
      try {
        const result = await this.workOn(job, token, payload);
        span?.set({ outcome: 'done' });
        return result;
      } catch (error) {
        if (span) this.describe(span, error);
        throw error;
      }
    });
  }

  private async workOn(job: Job, token: string | undefined, payload: Payload): Promise<Result> {
    if (job.stalledCounter === 0) {
      return this.settle(job, token, payload, await this.run(job, payload));
    }
    if (killsItsWorkers(crashesOf(job))) {
      return this.end(job, token, payload, workerCrashed(this.options.stage), 0);
    }
    return this.runSuspect(job, token, payload);
  }

  private describe(span: Span, error: unknown): void {
    const outcome = resultOf(error);
    span.set({ outcome });
    if (outcome === 'postponed' || !(error instanceof Error)) return;
    span.fail(parseJobFailure(error.message, this.options.stage).code);
  }

  /** A job that its worker may have died of: one at a time, so that no other is blamed for its deaths. */
  private async runSuspect(job: Job, token: string | undefined, payload: Payload): Promise<Result> {
    if (this.suspectInHand) return this.postpone(job, token, jittered(SUSPECT_DELAY_MS));
    this.suspectInHand = true;
    try {
      const { deaths, worker } = readCrashRecord(job.progress) ?? { deaths: 0, worker: this.name };
      await job.updateProgress({ deaths: deaths + 1, worker: this.name });
      const outcome = await this.run(job, payload);
      await job.updateProgress({ deaths, worker });
      return await this.settle(job, token, payload, outcome);
    } finally {
      this.suspectInHand = false;
    }
  }

  private async run(job: Job, payload: Payload): Promise<Outcome<Result>> {
    const id = job.id!;
    const needs = [...(this.handler.needs?.(payload) ?? []), REDIS_DEPENDENCY];
    const delayMs = this.breakers.admit(id, needs);
    if (delayMs > 0) return { kind: 'later', delayMs };
    const { stage, config } = this.options;
    try {
      const result = await withinTimeLimit(
        this.handler.handle(payload),
        config.JOB_TIMEOUT_MS,
        stage,
      );
      this.areBack(id, needs);
      return { kind: 'done', result };
    } catch (error) {
      if (error instanceof PostponeJob) return { kind: 'later', delayMs: error.delayMs };
      const failure = toPipelineError(error, stage);
      countFailure(this.queue, failure);
      if (failure.class === 'wait') return this.waitFor(id, failure, needs);
      if (failure.class === 'quarantine') this.areBack(id, needs);
      return { kind: 'failed', failure };
    } finally {
      this.breakers.left(id, needs);
    }
  }

  private async settle(
    job: Job,
    token: string | undefined,
    payload: Payload,
    outcome: Outcome<Result>,
  ): Promise<Result> {
    if (outcome.kind === 'done') return outcome.result;
    if (outcome.kind === 'later') return this.postpone(job, token, outcome.delayMs);
    const { failure } = outcome;
    const lastAttempt = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    if (failure.class === 'quarantine' || lastAttempt) {
      return this.end(job, token, payload, failure, 1);
    }
    this.logger.warn(`${formatJobFailure(failure)}; job ${job.id ?? ''} will be tried again`);
    throw new Error(formatJobFailure(failure), { cause: failure });
  }

  /** @returns when to try again */
  private waitFor(job: string, failure: PipelineError, needs: readonly string[]): Outcome<Result> {
    const [only, ...others] = needs.filter((name) => name !== REDIS_DEPENDENCY);
    const dependency = failure.dependency ?? (others.length === 0 ? only : undefined);
    const problem = `${failure.code}: ${failure.message}`;
    if (dependency === undefined || !needs.includes(dependency)) {
      this.logger.warn(`${problem}; job ${job} waits`);
      return { kind: 'later', delayMs: jittered(WAIT_DELAY_MS) };
    }
    if (this.breakers.failed(job, dependency)) {
      this.logger.warn(`${problem}; jobs that need ${dependency} wait until it is back`);
    }
    return { kind: 'later', delayMs: this.breakers.delay(dependency) };
  }

  private areBack(job: string, needs: readonly string[]): void {
    for (const { dependency, since } of this.breakers.worked(job, needs)) {
      const seconds = Math.round((Date.now() - since) / 1000);
      this.logger.log(`${dependency} is back after ${seconds} s`);
    }
  }

  private leaveToNewer(job: Job, token: string | undefined, version: number): Promise<never> {
    if (performance.now() - this.newerLoggedAt > NEWER_LOG_INTERVAL_MS) {
      this.newerLoggedAt = performance.now();
      this.logger.warn(
        `payloads of version ${version} are left to newer workers; this one knows ${this.contract.version}`,
      );
    }
    return this.postpone(job, token, jittered(WAIT_DELAY_MS));
  }

  private async reject(job: Job, token: string | undefined, problems: string): Promise<never> {
    const error = new PipelineError('PAYLOAD_INVALID', problems, {
      stage: this.options.stage,
      class: 'quarantine',
    });
    return this.finish(job, token, error, () =>
      this.handler.reject?.(error, evidenceOf(job, this.contract.queue, this.name, 0)),
    );
  }

  private end(
    job: Job,
    token: string | undefined,
    payload: Payload,
    failure: PipelineError,
    failedNow: 0 | 1,
  ): Promise<never> {
    const evidence = evidenceOf(job, this.contract.queue, this.name, failedNow);
    return this.finish(job, token, failure, () => this.handler.giveUp(payload, failure, evidence));
  }

  /** The job ends only when that is on record: as long as it cannot be recorded, it waits. */
  private async finish(
    job: Job,
    token: string | undefined,
    failure: PipelineError,
    record: () => Promise<void> | undefined,
  ): Promise<never> {
    try {
      await record();
    } catch (error) {
      this.logger.error(`job ${job.id ?? ''} cannot be given up: ${String(error)}`);
      return this.postpone(job, token, jittered(WAIT_DELAY_MS));
    }
    throw new UnrecoverableError(formatJobFailure(failure));
  }

  private async postpone(job: Job, token: string | undefined, delayMs: number): Promise<never> {
    const until = Date.now() + delayMs;
    const { signal } = this.closing;
    const inHand = Math.min(delayMs, jittered(PUT_BACK_PACE_MS));
    await sleep(inHand, undefined, { signal }).catch(() => undefined);
    await job.moveToDelayed(until, token);
    throw new DelayedError();
  }
}

/** Of what BullMQ is told. */
function resultOf(error: unknown): JobResult {
  if (error instanceof DelayedError) return 'postponed';
  return error instanceof UnrecoverableError ? 'ended' : 'retried';
}

function workerCrashed(stage: Stage): PipelineError {
  return new PipelineError(
    'WORKER_CRASHED',
    'the worker died or hung on this input several times',
    { stage, class: 'quarantine' },
  );
}

/** Between half of it and all of it. */
function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}
