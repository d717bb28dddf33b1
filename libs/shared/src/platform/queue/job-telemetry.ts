import { type Job, type JobsOptions } from 'bullmq';
import { Counter, Gauge, Histogram } from 'prom-client';
import { type PipelineError } from '../../contracts/pipeline-error.js';
import { type Lane, type QueueContract } from '../../contracts/queue-contract.js';
import { logFields, withLogFields } from '../observability/logging.js';
import { DURATIONS, registers, WAITS } from '../observability/metrics.js';
import { type Span, tracer } from '../observability/tracing.js';
import { type Absence } from './dependency-breakers.js';

/** What a job in hand came to: `ended` without its result, for good. */
export type JobResult = 'done' | 'postponed' | 'retried' | 'ended';

/** A worker as metrics see it. */
interface Watched {
  readonly queue: string;
  readonly jobsInHand: number;
  readonly absences: readonly Absence[];
}

const watched = new Set<Watched>();

const jobs = new Counter({
  name: 'sightline_jobs_total',
  help: 'Jobs that this process had in hand, by what they came to.',
  labelNames: ['queue', 'result'],
  registers,
});

const inHandSeconds = new Histogram({
  name: 'sightline_job_seconds',
  help: 'Time that a job was in hand, but for those that were put back.',
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
  help: 'Jobs that this process works on now.',
  labelNames: ['queue'],
  registers,
  collect() {
    this.reset();
    for (const { queue, jobsInHand } of watched) this.inc({ queue }, jobsInHand);
  },
});

// Not a matter of readiness: a worker whose jobs wait does what it should, and answers callers.
new Gauge({
  name: 'sightline_dependency_away',
  help: 'Dependencies that jobs of this process wait for: 1 each, those of tenants together.',
  labelNames: ['dependency'],
  registers,
  collect() {
    this.reset();
    for (const { absences } of watched) {
      for (const { dependency } of absences) this.inc({ dependency: kindOf(dependency) });
    }
  },
});

/** There may be any number of tenants, so that of which tenant something is does not become a label. */
function kindOf(dependency: string): string {
  return dependency.split(' of ')[0]!;
}

export function watchWorker(worker: Watched): void {
  watched.add(worker);
}

export function unwatchWorker(worker: Watched): void {
  watched.delete(worker);
}

export function countTaken(queue: string, job: Job): void {
  if (job.attemptsStarted > 1) return;
  const lane: Lane = job.priority === 0 ? 'live' : 'archive';
  waitSeconds.observe({ queue, lane }, Math.max(0, Date.now() - job.timestamp) / 1000);
}

export function countJob(queue: string, result: JobResult, ms: number): void {
  jobs.inc({ queue, result });
  if (result !== 'postponed') inHandSeconds.observe({ queue }, ms / 1000);
}

export function countFailure(queue: string, { code, class: errorClass }: PipelineError): void {
  errors.inc({ queue, code, class: errorClass });
}

/** Where the trace of a payload begins; without, the span in hand is the parent, or there is none. */
export interface TraceOrigin {
  /** When the listing began that brought the payload, milliseconds since the epoch. */
  readonly listedAt?: number | undefined;
  /** W3C trace context that came with the payload; null: it is not traced. */
  readonly parent?: string | null;
}

/**
 * A span of adding a payload, to end once it is added: a child of the span in hand, else a trace of its
 * own. Null when tracing is off or the payload is not traced.
 */
export function startAdding<Payload>(
  contract: QueueContract<Payload, unknown>,
  payload: Payload,
  { listedAt, parent }: TraceOrigin = {},
): Span | null {
  const traces = tracer();
  const attributes = traces && contract.ids?.(payload);
  if (!attributes || parent === null) return null;
  const add = { name: `add ${contract.queue}`, kind: 'producer', attributes } as const;
  if (listedAt === undefined) return traces.start({ ...add, parent });
  const list = traces.start({ name: 'list', kind: 'internal', attributes, since: listedAt });
  list.end();
  return traces.start({ ...add, parent: list.traceparent });
}

/** How a job carries its trace: where BullMQ keeps it, outside of the payload. */
export function traceOptions(span: Span | null): JobsOptions {
  return span ? { telemetry: { metadata: span.traceparent } } : {};
}

/** Runs `work` with the job's ids in its log lines, and in a span of the job's trace when there is one. */
export async function withinJob<Result>(
  job: Job,
  queue: string,
  ids: Readonly<Record<string, string>>,
  work: (span: Span | null) => Promise<Result>,
): Promise<Result> {
  const fields = { ...logFields(), queue, jobId: job.id ?? '', ...ids };
  const parent = job.opts.telemetry?.metadata;
  const traces = parent === undefined ? null : tracer();
  if (!traces) return withLogFields(fields, () => work(null));
  const attributes = { ...ids, attempt: job.attemptsMade + 1 };
  const span = traces.start({ name: `process ${queue}`, kind: 'consumer', attributes, parent });
  try {
    return await withLogFields({ ...fields, traceId: span.traceId }, () =>
      traces.within(span, () => work(span)),
    );
  } finally {
    span.end();
  }
}
