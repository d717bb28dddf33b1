import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Context } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { SpanKind, type Job } from 'bullmq';
import { embedImageContract } from '../../contracts/embed-image.contract.js';
import { logFields, type LogFields } from '../observability/logging.js';
import {
  describeResult,
  jobTelemetry,
  startAdding,
  traceOptions,
  withinJob,
} from './job-tracing.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const METADATA = JSON.stringify({ traceparent: TRACEPARENT });
const IDS = { tenant: 'acme', imageId: 'a1', importId: '7' };
const PAYLOAD = {
  v: 1 as const,
  tenant: 'acme',
  image: { store: 'archive', key: 'a.jpg', version: '1' },
  source: { kind: 'import' as const, importId: '7' },
  lane: 'archive' as const,
  space: 'fr@1+a',
  observedAt: null,
};

/** Runs work in the span that BullMQ makes of a job with this metadata. */
async function process<T>(metadata: string | undefined, work: () => Promise<T>): Promise<T> {
  const { tracer, contextManager } = jobTelemetry;
  const active = contextManager.active() as Context;
  const parent =
    metadata === undefined ? undefined : (contextManager.fromMetadata(active, metadata) as Context);
  const span = tracer.startSpan('process embed-image', { kind: SpanKind.CONSUMER }, parent);
  try {
    return await contextManager.with(span.setSpanOnContext(parent ?? active), work);
  } finally {
    span.addEvent('job completed', { result: 'embeddings' });
    span.end();
  }
}

function fieldsWithin(metadata?: string): Promise<LogFields> {
  const job = { id: 'a1', attemptsMade: 0 } as unknown as Job;
  return process(metadata, () =>
    withinJob(job, 'embed-image', IDS, () => Promise.resolve(logFields())),
  );
}

// First: once an SDK is started, it stays.
describe('while tracing is off', () => {
  it('adds nothing to a job', () => {
    const span = startAdding(embedImageContract, PAYLOAD, { parent: TRACEPARENT });
    expect(traceOptions(span)).toEqual({});
  });

  it('leaves the trace out of the log lines of a job', async () => {
    expect(await fieldsWithin(METADATA)).toEqual({ queue: 'embed-image', jobId: 'a1', ...IDS });
  });
});

describe('while tracing is on', () => {
  const spans = new InMemorySpanExporter();

  beforeAll(() =>
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register(),
  );

  afterEach(() => spans.reset());

  it('puts queue, job, image, import and trace into the log lines of a job', async () => {
    const fields = { queue: 'embed-image', jobId: 'a1', traceId: TRACE, ...IDS };
    expect(await fieldsWithin(METADATA)).toEqual(fields);
    expect(logFields()).toEqual({});
  });

  it('leaves the trace out where there is none', async () => {
    expect(await fieldsWithin()).toEqual({ queue: 'embed-image', jobId: 'a1', ...IDS });
  });

  it('continues the trace of a job that an older version added', async () => {
    expect(await fieldsWithin(TRACEPARENT)).toMatchObject({ traceId: TRACE });
  });

  it.each(['null', '7', '{}', '{"traceparent":7}', 'damaged'])(
    'starts a trace of its own for damaged metadata: %s',
    async (metadata) => {
      const { traceId } = await fieldsWithin(metadata);
      expect(traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(traceId).not.toBe(TRACE);
    },
  );

  it('exports ids and result of a job, but not its return value or spans of housekeeping', async () => {
    const job = { id: 'a1', attemptsMade: 1 } as unknown as Job;
    await process(METADATA, () =>
      withinJob(job, 'embed-image', IDS, () => {
        jobTelemetry.tracer.startSpan('extendLocks', { kind: SpanKind.INTERNAL }).end();
        describeResult('ended', { code: 'BROKEN' });
        return Promise.resolve();
      }),
    );
    const [span, ...others] = spans.getFinishedSpans();
    expect(others).toEqual([]);
    expect(span).toMatchObject({
      name: 'process embed-image',
      attributes: { ...IDS, attempt: 2, outcome: 'ended', code: 'BROKEN' },
      status: { message: 'BROKEN' },
      events: [],
    });
  });

  it('gives the job the metadata of bullmq-otel', () => {
    const span = startAdding(embedImageContract, PAYLOAD, { parent: TRACEPARENT });
    const { spanId } = span!.spanContext();
    const { telemetry } = traceOptions(span);
    expect(JSON.parse(telemetry!.metadata!)).toEqual({ traceparent: `00-${TRACE}-${spanId}-01` });
  });

  it('makes a trace for each listed image', () => {
    const added = [1, 2].map(() => startAdding(embedImageContract, PAYLOAD, { listedAt: 1_000 })!);
    const ids = added.map((span) => span.spanContext().traceId);
    expect(new Set(ids).size).toBe(2);
    expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(['list', 'list']);
  });

  it('adds nothing to the job of a payload that is not traced', () => {
    expect(startAdding(embedImageContract, PAYLOAD, { parent: null })).toBeNull();
  });
});
