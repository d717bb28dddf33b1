import { expect, it, afterEach, describe } from '@jest/globals';
import { type Job } from 'bullmq';
import { logFields, type LogFields } from '../observability/logging.js';
import { registry } from '../observability/metrics.js';
import { type Span, type Tracer, useTracer } from '../observability/tracing.js';
import { unwatchWorker, watchWorker, withinJob } from './job-telemetry.js';

it('counts galleries of tenants that are away under one name, however many there are', async () => {
  const away = [
    ...Array.from({ length: 1_000 }, (_, i) => `the gallery of t${i}`),
    'store archive',
  ];
  const worker = {
    queue: 'match-faces',
    jobsInHand: 0,
    absences: away.map((dependency) => ({ dependency, since: 0 })),
  };
  watchWorker(worker);
  const text = await registry.getSingleMetricAsString('sightline_dependency_away');
  unwatchWorker(worker);
  expect(text.split('\n').filter((line) => line.startsWith('sightline_'))).toEqual([
    'sightline_dependency_away{dependency="the gallery"} 1000',
    'sightline_dependency_away{dependency="store archive"} 1',
  ]);
});

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
      queue: 'embed-image',
      jobId: 'a1',
      traceId: TRACE,
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
