import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { errorBodySchema } from '#shared/contracts/http/errors.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { imageForm } from '../support/call-api.js';
import { IngestBed, type TestIngest } from '../support/ingest-tests.js';
import { startStandInEmbedder, madeUpImage } from '../support/stand-in-embedder.js';
import { StandInPipeline } from '../support/stand-in-pipeline.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { axis } from '../support/vectors.js';
import { waitUntil } from '../support/wait-until.js';

describe('cameras that send more images than the pipeline processes', () => {
  const LIMIT = 5;
  let bed: IngestBed;
  let ingest: TestIngest;

  beforeAll(async () => {
    bed = await IngestBed.make();
    ingest = await bed.start({ LIVE_HIGH_WATER: String(LIMIT) });
  });

  afterAll(() => bed.close());

  function send(index: number): Promise<Response> {
    const fields = { cameraId: 'door', observedAt: '2024-05-06T07:08:09Z' };
    const image = new Blob([`picture ${index}`], { type: 'image/jpeg' });
    return fetch(`${ingest.url}/v1/camera-events`, {
      method: 'POST',
      body: imageForm({ image }, fields),
    });
  }

  it('are asked to retry later, and are accepted once there is room on the queue', async () => {
    for (let i = 0; i < LIMIT; i++) expect((await send(i)).status).toBe(202);
    const refused = await send(LIMIT);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(await refused.json()).toMatchObject({ error: { code: 'BACKPRESSURE' } });
    const pipeline = new StandInPipeline(bed.redis);
    await waitUntil('the work to be done', () => pipeline.taken.length === LIMIT);
    const answer = await waitUntil('room', async () => {
      const response = await send(LIMIT);
      return response.status === 202 && response;
    });
    await waitUntil('the image that was sent again', () => pipeline.taken.length === LIMIT + 1);
    await pipeline.close();
    expect(answer.status).toBe(202);
  });
});

describe('queries that arrive faster than they are answered', () => {
  const BYTES = 20_000;
  let server: TestRedis;
  let redis: Redis;
  let folders: TestFolders;
  let matcher: Awaited<ReturnType<typeof startMatcher>> | undefined;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
    folders = await makeMatcherFolders(server.url);
  });

  afterEach(async () => {
    await matcher?.close();
    matcher = undefined;
  });

  afterAll(async () => {
    await redis.quit();
    await server.stop();
    await folders.remove();
  });

  async function identify(): Promise<{ status: number; code: string }> {
    const image = new Blob([await madeUpImage([axis(1)]).text(), ' '.repeat(BYTES)]);
    const response = await fetch(`${matcher!.url}/v1/identify`, {
      method: 'POST',
      body: imageForm({ image }),
    });
    const body: unknown = await response.json();
    const code = response.ok ? '' : errorBodySchema.parse(body).error.code;
    return { status: response.status, code };
  }

  it.each([
    ['requests', { UPLOADS_AT_ONCE: '1' }],
    ['bytes', { UPLOAD_MEMORY_BYTES: String(1.5 * BYTES) }],
  ])('are rejected only while the limit of %s is exceeded', async (_, limit) => {
    matcher = await startMatcher({ ...folders.env, ...limit });
    const first = identify();
    await waitUntil('the first query to be in progress', async () => {
      return (await redis.keys('sightline-queue:embed-image:query-*')).length > 0;
    });
    expect(await identify()).toEqual({ status: 503, code: 'BACKPRESSURE' });
    const embedder = startStandInEmbedder(redis, folders.uploads);
    expect((await first).status).toBe(200);
    expect((await identify()).status).toBe(200);
    await embedder.close();
  });
});
