import {
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { type Job, type JobsOptions, type Telemetry } from 'bullmq';
import { BullMQOtel, BullMQOTelSpan } from 'bullmq-otel';
import { type QueueContract } from '../../contracts/queue-contract.js';
import { withLogFields } from '../observability/logging.js';
import { contextOfCaller, markFailed, tracer } from '../observability/tracing.js';
import { type JobResult } from './job-metrics.js';

const bullmq = new BullMQOtel({ tracerName: 'sightline' });

const nothing = () => undefined;

/** Without events: `job completed` would hold the result, which for a query is embeddings of faces. */
class JobSpan extends BullMQOTelSpan {
  override addEvent = nothing;
  override recordException = nothing;
}

const NO_SPAN: ReturnType<Telemetry<Context>['tracer']['startSpan']> = {
  setSpanOnContext: (parent: Context) => parent,
  setAttribute: nothing,
  setAttributes: nothing,
  addEvent: nothing,
  recordException: nothing,
  end: nothing,
};

/**
 * bullmq-otel for workers, reduced to one span per run of a job that belongs to a trace. BullMQ also makes
 * spans of its housekeeping (renewing locks, looking for stalled jobs), each a trace of its own.
 */
export const jobTelemetry: Telemetry<Context> = {
  tracer: {
    startSpan(name, options: { kind?: SpanKind } | undefined, parent: Context | undefined) {
      if (options?.kind !== SpanKind.CONSUMER || !parent) return NO_SPAN;
      return new JobSpan(tracer.startSpan(name, options, parent));
    },
  },
  contextManager: {
    active: () => context.active(),
    root: () => ROOT_CONTEXT,
    with: (parent: Context, work) => bullmq.contextManager.with(parent, work),
    // BullMQ asks for it only before a retry: every attempt stays a child of the span that added the job.
    getMetadata: () => '',
    fromMetadata: (_, metadata) => propagation.extract(ROOT_CONTEXT, readMetadata(metadata)),
  },
};

/** Jobs that older versions added have the bare W3C header in the place of bullmq-otel's JSON. */
function readMetadata(metadata: string): unknown {
  try {
    return JSON.parse(metadata);
  } catch {
    return { traceparent: metadata };
  }
}

/** Where the trace of a payload begins. By default the active span is the parent, if there is one. */
export interface TraceOrigin {
  /** When the listing began that found the payload, milliseconds since the epoch. */
  readonly listedAt?: number | undefined;
  /** W3C header that came with the payload; null: the payload is not traced. */
  readonly parent?: string | null;
}

/**
 * Starts the span of adding a payload; end it when the payload is added. Made here and not by bullmq-otel,
 * which has one span for all jobs of an addBulk: each image needs a trace of its own.
 * @returns null when the payload is not traced
 */
export function startAdding<Payload>(
  contract: QueueContract<Payload, unknown>,
  payload: Payload,
  { listedAt, parent }: TraceOrigin = {},
): Span | null {
  const attributes = contract.ids?.(payload);
  if (!attributes || parent === null) return null;
  let origin = parent === undefined ? context.active() : contextOfCaller(parent);
  if (listedAt !== undefined) {
    const list = tracer.startSpan('list', { attributes, startTime: listedAt }, origin);
    list.end();
    origin = trace.setSpan(origin, list);
  }
  const span = tracer.startSpan(
    `add ${contract.queue}`,
    { kind: SpanKind.PRODUCER, attributes },
    origin,
  );
  // The API returns a span without ids while tracing is off.
  return isSpanContextValid(span.spanContext()) ? span : null;
}

/** How a job carries its trace: in BullMQ's own field, beside the payload. */
export function traceOptions(span: Span | null): JobsOptions {
  if (!span) return {};
  const metadata = bullmq.contextManager.getMetadata(trace.setSpan(ROOT_CONTEXT, span));
  return { telemetry: { metadata } };
}

/** Runs `work` with the job's ids in its log lines and in its span, if it has one. */
export async function withinJob<Result>(
  job: Job,
  queue: string,
  ids: Readonly<Record<string, string>>,
  work: () => Promise<Result>,
): Promise<Result> {
  const fields = { queue, jobId: job.id ?? '', ...ids };
  const span = trace.getActiveSpan();
  if (!span) return withLogFields(fields, work);
  span.setAttributes({ ...ids, attempt: job.attemptsMade + 1 });
  return withLogFields({ ...fields, traceId: span.spanContext().traceId }, work);
}

/** Records on the job's span how the run ended. @param failure what it failed with, if it is known */
export function describeResult(result: JobResult, failure: { readonly code: string } | null): void {
  const span = trace.getActiveSpan();
  if (!span) return;
  span.setAttribute('outcome', result);
  if (result === 'retried' || result === 'ended') markFailed(span, failure?.code ?? 'INTERNAL');
}
