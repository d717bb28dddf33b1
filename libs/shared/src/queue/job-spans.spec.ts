import { afterEach, describe, expect, it } from '@jest/globals';
import { type Job } from 'bullmq';
import { logFields, type LogFields } from '../logging/log-context.js';
import { type Span, type Tracer } from '../tracing/tracer.port.js';
import { useTracer } from '../tracing/tracing.js';
import { withinJob } from './job-spans.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const IDS = { tenant: 'acme', imageId: 'a1', importId: '7' };

/** Knows one trace, and goes on with no other. */
const tracer: Tracer = {
  start: ({ parent }) => ({ ...SPAN, traceId: parent!.split('-')[1]! }),
  within: (_, work) => work(),
  apart: (work) => work(),
  record: () => undefined,
  kept: () => null,
  stop: () => Promise.resolve(),
};
const SPAN: Span = {
  traceId: '',
  traceparent: '',
  set: () => undefined,
  fail: () => undefined,
  end: () => undefined,
};

function job(traceparent?: string): Job {
  const telemetry = traceparent === undefined ? {} : { telemetry: { metadata: traceparent } };
  return { id: 'a1', opts: telemetry, attemptsMade: 0 } as unknown as Job;
}

describe('withinJob', () => {
  afterEach(() => useTracer(null));

  async function fieldsWithin(traceparent?: string): Promise<LogFields> {
    return withinJob(job(traceparent), 'embed-image', IDS, () => Promise.resolve(logFields()));
  }

  it('puts queue, job, image, import and trace into the log lines of a job', async () => {
    useTracer(tracer);
    expect(await fieldsWithin(`00-${TRACE}-00f067aa0ba902b7-01`)).toEqual({
      ...{ queue: 'embed-image', jobId: 'a1', traceId: TRACE },
      ...IDS,
    });
    expect(logFields()).toEqual({});
  });

  it('leaves the trace out where there is none', async () => {
    const without = { queue: 'embed-image', jobId: 'a1', ...IDS };
    useTracer(tracer);
    expect(await fieldsWithin()).toEqual(without);
    useTracer(null);
    expect(await fieldsWithin(`00-${TRACE}-00f067aa0ba902b7-01`)).toEqual(without);
  });
});
