import { type Job, type JobsOptions } from 'bullmq';
import { type QueueContract } from '../contracts/queue-contract.js';
import { logFields, withLogFields } from '../logging/log-context.js';
import { type Span } from '../tracing/tracer.port.js';
import { tracer } from '../tracing/tracing.js';

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
