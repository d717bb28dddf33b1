import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue, Worker } from 'bullmq';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { cameraEventsHttp } from '#shared/contracts/http/camera-events.http.js';
import { importsHttp } from '#shared/contracts/http/imports.http.js';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { IngestBed, type TestIngest } from '../support/ingest-tests.js';
import { startCollector, type Collector } from '../support/start-collector.js';
import { waitUntil } from '../support/wait-until.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

let bed: IngestBed;
let jobs: Queue;

beforeAll(async () => {
  bed = await IngestBed.make();
  await bed.fill(['one.jpg', 'two.jpg', 'three.jpg']);
  jobs = new Queue(embedImageContract.queue, { connection: bed.redis, prefix: QUEUE_PREFIX });
});

afterAll(async () => {
  await jobs.close();
  await bed.close();
});

/** Sends a camera event. @returns the job of its image */
async function cameraEvent(ingest: TestIngest, key: string, headers = {}) {
  const response = await fetch(`${ingest.url}/v1/camera-events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      cameraId: 'door',
      observedAt: '2024-05-06T07:08:09Z',
      image: { store: 'archive', key },
    }),
  });
  expect(response.status).toBe(202);
  const { imageId } = cameraEventsHttp.add.response.parse(await response.json());
  return (await jobs.getJob(imageId))!;
}

describe('tracing that is disabled', () => {
  it('adds no trace to jobs', async () => {
    const ingest = await bed.start();
    const job = await cameraEvent(ingest, 'one.jpg', { traceparent: TRACEPARENT });
    expect(job.opts.telemetry).toBeUndefined();
  });
});

describe('tracing that is enabled', () => {
  let collector: Collector;
  let ingest: TestIngest;

  beforeAll(async () => {
    collector = await startCollector();
    ingest = await bed.start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  });

  afterAll(() => collector.close());

  it('continues the trace of a request, and does not fail requests while the collector is unavailable', async () => {
    const job = await cameraEvent(ingest, 'two.jpg', { traceparent: TRACEPARENT });
    expect(JSON.parse(job.opts.telemetry?.metadata ?? '')).toEqual({
      traceparent: expect.stringMatching(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`)),
    });
    const withoutCollector = await bed.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    });
    await cameraEvent(withoutCollector, 'three.jpg');
    await waitUntil(
      'the warning',
      () => /tracing.*spans are lost: .+/.test(withoutCollector.log()),
      30_000,
    );
    expect(await withoutCollector.stop()).toBe(0);
  });

  it('keeps the trace of a job that is retried', async () => {
    const seen: (string | undefined)[] = [];
    const worker = new Worker<EmbedImagePayload>(
      embedImageContract.queue,
      (job) => {
        if (!job.data.image.key.startsWith('two')) return Promise.resolve();
        seen.push(job.opts.telemetry?.metadata);
        return seen.length === 1 ? Promise.reject(new Error('once')) : Promise.resolve();
      },
      { connection: bed.redis, prefix: QUEUE_PREFIX },
    );
    await waitUntil('the second attempt', () => seen.length === 2);
    await worker.close();
    expect(seen[1]).toContain(TRACE);
    expect(seen[1]).toBe(seen[0]);
  });
});

it('a log line about an import contains the id of the import, and not of the request', async () => {
  // Any ingest process may run the import, and this test reads the log of one.
  await bed.killAll();
  const ingest = await bed.start({ LOG_FORMAT: 'json' });
  await rm(path.join(bed.folder, 'archive'), { recursive: true });
  const answer = await ingest.call('POST', '/v1/imports', { store: 'archive', prefix: '' });
  const { id } = importsHttp.start.response.parse(answer.body);
  const about = () =>
    ingest
      .log()
      .split('\n')
      .filter((line) => line.includes(`"importId":"${id}"`))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await waitUntil('a line about the import', () => about().length > 0);
  expect(about().every(({ requestId }) => requestId === undefined)).toBe(true);
});
