import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { imageForm } from '../support/call-api.js';
import {
  importOver,
  IngestBed,
  numbered,
  readImport,
  startImport,
  type TestIngest,
} from '../support/ingest-tests.js';
import { StandInPipeline } from '../support/stand-in-pipeline.js';
import { waitUntil } from '../support/wait-until.js';

const IMAGES = 300;

describe('a pipeline whose Redis is full', () => {
  let bed: IngestBed;
  let ingest: TestIngest;
  let pipeline: StandInPipeline | undefined;

  beforeAll(async () => {
    bed = await IngestBed.make();
    await bed.fill(numbered('full', IMAGES));
    ingest = await bed.start({ PAGE_SIZE: '20' });
  });

  afterEach(async () => {
    await limitMemory(0);
    await pipeline?.close();
    pipeline = undefined;
  });

  afterAll(() => bed.close());

  async function limitMemory(bytes: number): Promise<void> {
    await bed.redis.config('SET', 'maxmemory', bytes);
  }

  async function usedMemory(): Promise<number> {
    return Number(/^used_memory:(\d+)/m.exec(await bed.redis.info('memory'))?.[1]);
  }

  async function snapshot(text: string) {
    const fields = { cameraId: 'door', observedAt: '2024-05-06T07:08:09Z' };
    const form = imageForm({ image: new Blob([text], { type: 'image/jpeg' }) }, fields);
    return ingest.call('POST', '/v1/camera-events', form);
  }

  it('loses no image, counts no attempt, and continues when Redis has room again', async () => {
    pipeline = new StandInPipeline(bed.redis, { concurrency: 4, delayMs: 20 });
    const { id } = await startImport(ingest, 'full/');
    await waitUntil('some images to be done', async () => {
      return (await readImport(ingest, id)).counts.unknown > 10;
    });
    await limitMemory(1);
    await waitUntil('the work to stop', async () => {
      const before = (await readImport(ingest, id)).counts.unknown;
      await sleep(1_000);
      return (await readImport(ingest, id)).counts.unknown === before;
    });
    expect(await ingest.call('POST', '/v1/imports', { store: 'archive' })).toMatchObject({
      status: 503,
      body: { error: { code: 'REDIS_FULL' } },
    });
    const full = await readImport(ingest, id);
    expect(full).toMatchObject({ finishedAt: null, counts: { failed: 0, refused: 0 } });
    // Longer than the delay before a retry.
    await sleep(6_000);
    await limitMemory(0);
    const over = await importOver(ingest, id, 60_000);
    expect(over).toMatchObject({
      status: 'done',
      listed: IMAGES,
      counts: { unknown: IMAGES, failed: 0, refused: 0 },
    });
    expect(await bed.redis.zcard(`${QUEUE_PREFIX}:embed-image:failed`)).toBe(0);
  }, 90_000);

  it('accepts no new images when Redis is nearly full, so that images in progress can finish', async () => {
    await limitMemory(Math.round((await usedMemory()) / 0.9));
    expect(await snapshot('nearly full')).toMatchObject({
      status: 503,
      body: { error: { code: 'BACKPRESSURE', details: { retryAfterSeconds: 5 } } },
    });
    await bed.fill(numbered('later', 40));
    const { id } = await startImport(ingest, 'later/');
    await sleep(2_000);
    expect(await readImport(ingest, id)).toMatchObject({ status: 'listing', listed: 0 });
    await limitMemory(0);
    pipeline = new StandInPipeline(bed.redis);
    expect(await importOver(ingest, id)).toMatchObject({ status: 'done', listed: 40 });
  }, 60_000);
});
