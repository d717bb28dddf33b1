import { Logger } from '@nestjs/common';
import { Worker, type Job, DelayedError, UnrecoverableError } from 'bullmq';
import { type Redis } from 'ioredis';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { dependencyName, type Dependency } from '../../contracts/dependency.js';
import { PipelineError, toPipelineError, type Stage } from '../../contracts/pipeline-error.js';
import { type QueueContract } from '../../contracts/queue-contract.js';
import { shutdownParticipants, type ShutdownParticipant } from '../runtime/shutdown.js';
import { type QueueConfig } from '../settings/service.config.js';
import { DependencyBreakers, type Outage } from './dependency-breakers.js';
import { killsItsWorkers } from './job-evidence.js';
import { PostponeJob, type JobHandler } from './job-handler.js';
import {
  countFailure,
  countJob,
  countTaken,
  unwatchWorker,
  watchWorker,
  type JobResult,
} from './job-metrics.js';
import { JobRun, WAIT_DELAY_MS, type RunContext, type RunOutcome } from './job-run.js';
import { describeResult, jobTelemetry, withinJob } from './job-tracing.js';
import { QUEUE_PREFIX } from './redis.js';
import { jittered } from './time-limit.js';

/** Pause after Redis has refused to hand out a job, milliseconds. */
const REFUSED_PAUSE_MS = 2_000;

/**
 * BullMQ's own worker asks again at once, thousands of times a second, while Redis is full or loading, or
 * refuses a command.
 */
class PatientWorker extends Worker {
  protected override async moveToActive(token: string, name?: string): Promise<Job> {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      if (error instanceof Error && error.name === 'ReplyError') await sleep(REFUSED_PAUSE_MS);
      throw error;
    }
  }
}

export interface WorkerOptions {
  /** Stage of errors that name none. */
  readonly stage: Stage;
  /** Maximum number of jobs in progress. */
  readonly concurrency: number;
  readonly config: QueueConfig;
}

interface ContractWorkerOptions extends WorkerOptions {
  readonly redis: Redis;
  /** Name of the service: `embedder`. Jobs record `embedder@HOST:PID` as the process that ran them. */
  readonly name: string;
}

/** Delay of a job that may kill its worker while another such job runs, milliseconds. */
const SUSPECT_DELAY_MS = 250;

const NEWER_LOG_INTERVAL_MS = 60_000;

/** Takes jobs off a contract's queue: parses them, runs the handler, maps errors to BullMQ's outcomes. */
export class ContractWorker<Payload, Result> implements ShutdownParticipant {
  private readonly active = new Set<JobRun<Payload, Result>>();
  private readonly worker: Worker;
  private readonly logger: Logger;
  private readonly context: RunContext<Payload, Result>;
  private readonly breakers = new DependencyBreakers();
  private readonly closing = new AbortController();
  private suspectActive = false;
  private newerLoggedAt = -Infinity;

  constructor(
    private readonly contract: QueueContract<Payload, Result>,
    handler: JobHandler<Payload, Result>,
    options: ContractWorkerOptions,
  ) {
    const { redis, stage, concurrency, config } = options;
    this.logger = new Logger(`worker:${contract.queue}`);
    const name = `${options.name}@${hostname()}:${process.pid}`;
    this.context = {
      contract,
      handler,
      stage,
      worker: name,
      timeoutMs: config.JOB_TIMEOUT_MS,
      logger: this.logger,
      closing: this.closing.signal,
    };
    this.worker = new PatientWorker(contract.queue, (job, token) => this.process(job, token), {
      connection: redis,
      prefix: QUEUE_PREFIX,
      name,
      telemetry: jobTelemetry,
      autorun: false,
      concurrency,
      lockDuration: config.JOB_LOCK_MS,
      stalledInterval: Math.ceil(config.JOB_LOCK_MS / 3),
      // BullMQ would fail a job that stalls too often without asking the handler.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      // After an outage of Redis.
      runRetryDelay: 1_000,
    });
    this.worker.on('error', (error) => this.logger.warn(error.message));
  }

  get queue(): string {
    return this.contract.queue;
  }

  get activeJobs(): number {
    return this.active.size;
  }

  /** Unavailable dependencies, whose jobs wait. */
  get outages(): readonly Outage[] {
    return this.breakers.outages;
  }

  start(): void {
    shutdownParticipants.add(this);
    watchWorker(this);
    this.worker.run().catch((error: unknown) => this.logger.error(error));
  }

  /** Takes no more jobs and waits for the active ones. */
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
    await Promise.allSettled([...this.active].map((run) => run.handBack()));
  }

  private async process(job: Job, token?: string): Promise<Result> {
    const run = new JobRun(this.context, job, token);
    this.active.add(run);
    countTaken(this.queue, job);
    const begin = performance.now();
    let result: JobResult = 'done';
    try {
      return await withinJob(job, this.queue, run.ids, () => this.work(run));
    } catch (error) {
      result = resultOf(error);
      throw error;
    } finally {
      this.active.delete(run);
      countJob(this.queue, result, performance.now() - begin);
      describeResult(result, run.failure);
    }
  }

  private async work(run: JobRun<Payload, Result>): Promise<Result> {
    const { read } = run;
    const { stage } = this.context;
    if (read.kind === 'newer') return this.leaveToNewer(run, read.version);
    if (read.kind === 'invalid') return run.giveUp(payloadInvalid(read.problems, stage), 0);
    if (run.job.stalledCounter === 0) return run.settle(await this.attempt(run));
    if (killsItsWorkers(run.crashes)) return run.giveUp(workerCrashed(stage), 0);
    return this.workOnSuspect(run);
  }

  /** A job that may have killed its worker. Such jobs run one at a time, so that a crash has one suspect. */
  private async workOnSuspect(run: JobRun<Payload, Result>): Promise<Result> {
    if (this.suspectActive) return run.later(jittered(SUSPECT_DELAY_MS));
    this.suspectActive = true;
    try {
      return await run.settle(await run.withCrashRecord(() => this.attempt(run)));
    } finally {
      this.suspectActive = false;
    }
  }

  private async attempt(run: JobRun<Payload, Result>): Promise<RunOutcome<Result>> {
    const { id, dependencies } = run;
    const delayMs = this.breakers.admit(id, dependencies);
    if (delayMs > 0) return { kind: 'later', delayMs };
    try {
      const result = await run.handle();
      this.reportRecovered(id, dependencies);
      return { kind: 'done', result };
    } catch (error) {
      if (error instanceof PostponeJob) return { kind: 'later', delayMs: error.delayMs };
      const failure = toPipelineError(error, this.context.stage);
      countFailure(this.queue, failure);
      if (failure.class === 'wait') return this.waitFor(run, failure);
      // An input that was read and refused proves that its dependencies work.
      if (failure.class === 'quarantine') this.reportRecovered(id, dependencies);
      return { kind: 'failed', failure };
    } finally {
      this.breakers.ended(id, dependencies);
    }
  }

  private waitFor(run: JobRun<Payload, Result>, failure: PipelineError): RunOutcome<Result> {
    const dependency = run.dependencyOf(failure);
    const problem = `${failure.code}: ${failure.message}`;
    if (!dependency) {
      this.logger.warn(`${problem}; job ${run.id} waits`);
      return { kind: 'later', delayMs: jittered(WAIT_DELAY_MS) };
    }
    if (this.breakers.failed(run.id, dependency)) {
      const name = dependencyName(dependency);
      this.logger.warn(`${problem}; jobs that need ${name} wait until it is available again`);
    }
    return { kind: 'later', delayMs: this.breakers.delay(dependency) };
  }

  private reportRecovered(job: string, dependencies: readonly Dependency[]): void {
    for (const { dependency, since } of this.breakers.succeeded(job, dependencies)) {
      const seconds = Math.round((Date.now() - since) / 1000);
      this.logger.log(`${dependencyName(dependency)} is available again after ${seconds} s`);
    }
  }

  private leaveToNewer(run: JobRun<Payload, Result>, version: number): Promise<never> {
    if (performance.now() - this.newerLoggedAt > NEWER_LOG_INTERVAL_MS) {
      this.newerLoggedAt = performance.now();
      this.logger.warn(
        `payloads of version ${version} are left to newer workers; this one knows version ${this.contract.version}`,
      );
    }
    return run.later(jittered(WAIT_DELAY_MS));
  }
}

/** BullMQ learns how a job ended from the error that is thrown. */
function resultOf(error: unknown): JobResult {
  if (error instanceof DelayedError) return 'postponed';
  return error instanceof UnrecoverableError ? 'ended' : 'retried';
}

function payloadInvalid(problems: string, stage: Stage): PipelineError {
  return new PipelineError('PAYLOAD_INVALID', problems, { stage, class: 'quarantine' });
}

function workerCrashed(stage: Stage): PipelineError {
  return new PipelineError(
    'WORKER_CRASHED',
    'the worker died or hung on this input several times',
    { stage, class: 'quarantine' },
  );
}
