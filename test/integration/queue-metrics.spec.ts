import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { imageForm } from '../support/call-api.js';
import { IngestBed, numbered, startImport, type TestIngest } from '../support/ingest-tests.js';
import { metrics, sumOf } from '../support/metrics.js';
import { waitUntil } from '../support/wait-until.js';

const KEY = 'a key for Prometheus';
const stageSchema = z.strictObject({ work: z.number(), oldestAgeSeconds: z.number() });
const scalingSchema = z.strictObject({ embedImage: stageSchema, matchFaces: stageSchema });

/** There is no embedder and no matcher, so the jobs stay on the queues. */
describe('the queue metrics of ingest', () => {
  let bed: IngestBed;
  let ingest: TestIngest;
  let other: TestIngest;
  let importId: string;

  beforeAll(async () => {
    bed = await IngestBed.make();
    [ingest, other] = await Promise.all([bed.start(), bed.start()]);
    await bed.fill(numbered('waiting', 30));
    importId = (await startImport(ingest, 'waiting')).id;
    await waitUntil('the archive to be listed', async () => (await embedding('archive')) === 30);
  }, 60_000);

  afterAll(() => bed.close());

  async function embedding(lane: string): Promise<number> {
    const queue = 'embed-image';
    return sumOf(await metrics(ingest.url), 'sightline_queue_waiting', { queue, lane });
  }

  async function scaling(app = ingest) {
    const { status, body } = await app.call('GET', '/metrics/scaling');
    expect(status).toBe(200);
    return scalingSchema.parse(body);
  }

  it('are the same in every ingest process, with a growing age of the oldest job', async () => {
    const first = await scaling();
    expect(first.embedImage.work).toBe(30);
    expect(first.matchFaces).toEqual({ work: 0, oldestAgeSeconds: 0 });
    await waitUntil(
      'the oldest to be older',
      async () =>
        (await scaling(other)).embedImage.oldestAgeSeconds > first.embedImage.oldestAgeSeconds,
    );
    const samples = await metrics(other.url);
    expect(sumOf(samples, 'sightline_queue_work', { queue: 'embed-image' })).toBe(30);
    expect(
      sumOf(samples, 'sightline_queue_oldest_seconds', { queue: 'embed-image' }),
    ).toBeGreaterThan(0);
    for (const state of ['active', 'delayed']) {
      expect(sumOf(samples, `sightline_queue_${state}`, { queue: 'embed-image' })).toBe(0);
    }
  });

  it('count live and archive jobs separately', async () => {
    const image = new Blob(['any'], { type: 'image/jpeg' });
    const fields = { cameraId: 'door', observedAt: new Date().toISOString() };
    await ingest.call('POST', '/v1/camera-events', imageForm({ image }, fields));
    await waitUntil('the live lane', async () => (await embedding('live')) === 1);
    expect(await embedding('archive')).toBe(30);
    expect((await scaling(other)).embedImage.work).toBeGreaterThanOrEqual(30);
  });

  it('do not count jobs of a paused import as work, but count live jobs', async () => {
    await ingest.call('POST', `/v1/imports/${importId}/pause`);
    const left = await waitUntil('the archive to be no work', async () => {
      const { embedImage } = await scaling();
      return embedImage.work === 1 && embedImage;
    });
    const samples = await metrics(ingest.url);
    expect(sumOf(samples, 'sightline_imports', { status: 'paused' })).toBe(1);
    expect(sumOf(samples, 'sightline_queue_waiting', { lane: 'archive' })).toBe(30);
    const queue = `${QUEUE_PREFIX}:${embedImageContract.queue}`;
    const [job] = await bed.redis.lrange(`${queue}:wait`, 0, 0);
    const addedAt = Number(await bed.redis.hget(`${queue}:${job!}`, 'timestamp'));
    expect(left.oldestAgeSeconds).toBeLessThanOrEqual((Date.now() - addedAt) / 1000);
    await ingest.call('POST', `/v1/imports/${importId}/resume`);
    await waitUntil('it to be work again', async () => (await scaling()).embedImage.work === 31);
  });

  it('count a delayed job as work only after its delay', async () => {
    const queue = new Queue(matchFacesContract.queue, {
      connection: bed.redis,
      prefix: QUEUE_PREFIX,
    });
    await queue.add('later', {}, { delay: 3_600_000 });
    await queue.add('now', {}, { delay: 50 });
    await waitUntil('one of them', async () => (await scaling()).matchFaces.work === 1);
    const delayed = sumOf(await metrics(other.url), 'sightline_queue_delayed', {
      queue: 'match-faces',
    });
    expect(delayed).toBe(2);
    await queue.close();
  });

  it('are omitted while Redis does not answer, but the other metrics are exported', async () => {
    const server = Number(/process_id:(\d+)/.exec(await bed.redis.info('server'))?.[1]);
    process.kill(server, 'SIGSTOP');
    try {
      const refused = await waitUntil('the last values to expire', async () => {
        const answer = await other.call('GET', '/metrics/scaling');
        return answer.status === 503 && answer;
      });
      expect(refused.body).toMatchObject({ error: { code: 'REDIS_UNAVAILABLE' } });
      const samples = await metrics(other.url);
      expect(sumOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
      expect(sumOf(samples, 'sightline_queue_waiting')).toBeNaN();
    } finally {
      process.kill(server, 'SIGCONT');
    }
    await waitUntil(
      'the values to be exported again',
      async () => (await embedding('archive')) === 30,
    );
  });

  it('have the fields that the autoscaling manifests read', async () => {
    const answer: unknown = await scaling();
    const paths: string[] = [];
    const base = path.resolve(import.meta.dirname, '../../../k8s/base');
    for (const file of await readdir(base, { recursive: true })) {
      if (path.basename(file) !== 'scaled-object.yaml') continue;
      paths.push(...valueLocations(parse(await readFile(path.join(base, file), 'utf8'))));
    }
    expect(paths.length).toBeGreaterThan(1);
    for (const location of paths) {
      const value = location
        .split('.')
        .reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], answer);
      expect({ location, type: typeof value }).toEqual({ location, type: 'number' });
    }
  });

  it('require METRICS_KEY, and do not accept the keys of tenants', async () => {
    const closed = await bed.start({ METRICS_KEY: KEY, API_KEYS: 'tenant-key-tenant-key:acme' });
    const read = (route: string, key?: string) =>
      fetch(closed.url + route, { headers: key ? { authorization: `Bearer ${key}` } : {} });
    for (const route of ['/metrics', '/metrics/scaling']) {
      for (const key of [undefined, 'tenant-key-tenant-key', `${KEY}x`]) {
        const refused = await read(route, key);
        expect({ route, key, status: refused.status }).toEqual({ route, key, status: 401 });
        expect(await refused.json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
      }
      expect((await read(route, KEY)).status).toBe(200);
    }
    expect((await read('/v1/imports', KEY)).status).toBe(401);
    expect((await read('/metrics', KEY)).headers.get('content-type')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
  });
});

function valueLocations(scaledObject: unknown): string[] {
  const triggers = z.object({
    spec: z.object({
      triggers: z.array(z.object({ metadata: z.object({ valueLocation: z.string() }) })),
    }),
  });
  return triggers.parse(scaledObject).spec.triggers.map(({ metadata }) => metadata.valueLocation);
}
