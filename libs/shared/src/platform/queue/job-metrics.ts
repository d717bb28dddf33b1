import { type Job } from 'bullmq';
import { Counter, Gauge, Histogram } from 'prom-client';
import { dependencyLabel } from '../../contracts/dependency.js';
import { type PipelineError } from '../../contracts/pipeline-error.js';
import { type Lane } from '../../contracts/queue-contract.js';
import { DURATIONS, registers, WAITS } from '../observability/metrics.js';
import { type Outage } from './dependency-breakers.js';

/** How a run of a job ended; `ended` means for good, without its result. */
export type JobResult = 'done' | 'postponed' | 'retried' | 'ended';

/** A worker as the gauges see it. */
interface WatchedWorker {
  readonly queue: string;
  readonly activeJobs: number;
  readonly outages: readonly Outage[];
}

const watched = new Set<WatchedWorker>();

const jobs = new Counter({
  name: 'sightline_jobs_total',
  help: 'Runs of jobs in this process, by result.',
  labelNames: ['queue', 'result'],
  registers,
});

const activeSeconds = new Histogram({
  name: 'sightline_job_seconds',
  help: 'Time that a run of a job took; jobs that were put back do not count.',
  labelNames: ['queue'],
  buckets: DURATIONS,
  registers,
});

const waitSeconds = new Histogram({
  name: 'sightline_job_wait_seconds',
  help: 'Time from adding a job until it is taken for the first time.',
  labelNames: ['queue', 'lane'],
  buckets: WAITS,
  registers,
});

const errors = new Counter({
  name: 'sightline_job_errors_total',
  help: 'Attempts that failed, by error code and class: retry, wait or quarantine.',
  labelNames: ['queue', 'code', 'class'],
  registers,
});

new Gauge({
  name: 'sightline_jobs_in_hand',
  help: 'Jobs in progress in this process.',
  labelNames: ['queue'],
  registers,
  collect() {
    this.reset();
    for (const { queue, activeJobs } of watched) this.inc({ queue }, activeJobs);
  },
});

// Does not affect readiness: the worker works as it should, and the service can still answer callers.
new Gauge({
  name: 'sightline_dependency_away',
  help: 'Unavailable dependencies that jobs of this process wait for; those of all tenants are added up.',
  labelNames: ['dependency'],
  registers,
  collect() {
    this.reset();
    for (const { outages } of watched) {
      for (const { dependency } of outages) this.inc({ dependency: dependencyLabel(dependency) });
    }
  },
});

export function watchWorker(worker: WatchedWorker): void {
  watched.add(worker);
}

export function unwatchWorker(worker: WatchedWorker): void {
  watched.delete(worker);
}

export function countTaken(queue: string, job: Job): void {
  if (job.attemptsStarted > 1) return;
  const lane: Lane = job.priority === 0 ? 'live' : 'archive';
  waitSeconds.observe({ queue, lane }, Math.max(0, Date.now() - job.timestamp) / 1000);
}

export function countJob(queue: string, result: JobResult, ms: number): void {
  jobs.inc({ queue, result });
  if (result !== 'postponed') activeSeconds.observe({ queue }, ms / 1000);
}

export function countFailure(queue: string, { code, class: errorClass }: PipelineError): void {
  errors.inc({ queue, code, class: errorClass });
}
