import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  embedImageContract,
  type EmbedImagePayload,
  type EmbedImageResult,
  imageIdOf,
  type ImageSource,
} from '#shared/contracts/embed-image.contract.js';
import { decodeEmbedding } from '#shared/contracts/embedding.js';
import { readinessSchema } from '#shared/contracts/http/health.http.js';
import { imageId } from '#shared/contracts/image-ref.js';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { importKeys } from '#shared/platform/ledger/keys.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { FolderObjectStore } from '#shared/platform/storage/folder-object-store.js';
import { metrics } from '../support/metrics.js';
import { photos } from '../support/photos.js';
import { type RunningApp, startApp } from '../support/start-app.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const SPACE = 'fr-feature@1+arcface-112';
const MODELS_DIR = path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models');

describe('embedder', () => {
  let folder: string;
  let server: TestRedis;
  let redis: Redis;
  let ledger: OutcomeLedger;
  let images: ContractProducer<EmbedImagePayload, EmbedImageResult | null>;
  let jobs: Queue;
  let matches: Queue;
  let store: FolderObjectStore;
  let app: RunningApp;
  let settings: Record<string, string>;
  let home: string;
  let temporary: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-embedder-'));
    const archive = path.join(folder, 'archive');
    await mkdir(archive);
    const { faceApi } = await photos();
    await copyFile(path.join(faceApi, 'sample1.jpg'), path.join(archive, 'three people.jpg'));
    await writeFile(path.join(archive, 'empty.jpg'), '');
    store = new FolderObjectStore(archive);
    server = await startRedis();
    redis = new Redis(server.url, { maxRetriesPerRequest: null });
    ledger = new OutcomeLedger(redis);
    images = new ContractProducer(embedImageContract, redis);
    jobs = new Queue(embedImageContract.queue, { connection: redis, prefix: QUEUE_PREFIX });
    matches = new Queue(matchFacesContract.queue, { connection: redis, prefix: QUEUE_PREFIX });
    settings = {
      REDIS_URL: server.url,
      STORES: `uploads=${pathToFileURL(path.join(folder, 'uploads')).href} archive=${pathToFileURL(archive).href}`,
      MODELS_DIR,
      LOG_FORMAT: 'pretty',
    };
    home = path.join(folder, 'home');
    temporary = path.join(folder, 'tmp');
    for (const made of ['uploads', 'home', 'tmp']) await mkdir(path.join(folder, made));
    app = await startApp('embedder', { ...settings, HOME: home, TMPDIR: temporary });
  }, 90_000);

  afterAll(async () => {
    await app.stop();
    await images.close();
    await jobs.close();
    await matches.close();
    redis.disconnect();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function job(
    key: string,
    source: ImageSource,
    changes: Partial<EmbedImagePayload> = {},
  ): Promise<EmbedImagePayload> {
    const { version } = await store.stat(key);
    return {
      v: 1,
      tenant: 'default',
      image: { store: 'archive', key, version },
      source,
      lane: 'archive',
      space: SPACE,
      observedAt: null,
      ...changes,
    };
  }

  /** Copies the photograph to another name. The pipeline treats it as another image. */
  async function copyOfThreePeople(name: string): Promise<void> {
    const archive = path.join(folder, 'archive');
    await copyFile(path.join(archive, 'three people.jpg'), path.join(archive, name));
  }

  async function handedOn(payload: EmbedImagePayload): Promise<MatchFacesPayload | undefined> {
    const handed = await matches.getJob(imageIdOf(payload));
    return handed && matchFacesContract.payload.parse(handed.data);
  }

  it('waits while Redis is nearly full, and continues when there is room again', async () => {
    await copyOfThreePeople('while full.jpg');
    const payload = await job('while full.jpg', { kind: 'camera', cameraId: 'c' });
    await redis.setrange('ballast', 64 * 1024 * 1024, 'x');
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
    await redis.config('SET', 'maxmemory', Math.round(used / 0.94));
    try {
      await images.add(payload);
      await waitUntil('the embedder to say so', () => app.log().includes('REDIS_FULL'));
      expect(await handedOn(payload)).toBeUndefined();
    } finally {
      await redis.config('SET', 'maxmemory', 0);
      await redis.del('ballast');
    }
    await waitUntil('the faces', () => handedOn(payload));
    expect(await jobs.getFailedCount()).toBe(0);
  });

  it('sends an archive image to the matcher with a unit-norm embedding for each face', async () => {
    const payload = await job('three people.jpg', { kind: 'import', importId: '1' });
    await images.add(payload);
    const handed = await waitUntil('the match-faces job', () => handedOn(payload));
    expect(handed).toMatchObject({ width: 1920, height: 1280, space: SPACE, lane: 'archive' });
    expect(handed.faces).toHaveLength(3);
    for (const face of handed.faces) {
      expect(decodeEmbedding(face.embedding, 512)).toHaveLength(512);
      expect(face.box.height).toBeGreaterThan(150);
      const [leftEye, rightEye, , leftMouth] = face.landmarks;
      expect(leftEye[0]).toBeLessThan(rightEye[0]);
      expect(leftEye[1]).toBeLessThan(leftMouth[1]);
    }
  });

  it('answers a query with the faces of its image and records nothing', async () => {
    await copyOfThreePeople('query.jpg');
    const payload = await job('query.jpg', { kind: 'query' }, { lane: 'live' });
    const result = await images.request(payload, 20_000, 'query');
    expect(result?.faces).toHaveLength(3);
    expect(result?.unusable).toEqual([]);
    expect(await handedOn(payload)).toBeUndefined();
  });

  it('finds the same faces, with the same ids and embeddings, when a job is done again', async () => {
    await copyOfThreePeople('twice.jpg');
    const payload = await job('twice.jpg', { kind: 'enrolment' });
    const first = await images.request(payload, 20_000, 'query');
    await jobs.remove(embedImageContract.jobId(payload));
    const again = await images.request(payload, 20_000, 'query');
    expect(again).toEqual(first);
  });

  it('refuses an empty file and counts it for the import that listed it', async () => {
    const payload = await job('empty.jpg', { kind: 'import', importId: '7' });
    await ledger.claim('7', [imageId('default', payload.image, SPACE)]);
    await images.add(payload);
    const counts = await waitUntil('the refusal to be counted', async () => {
      const found = await redis.hgetall(importKeys.counts('7'));
      return found.refused ? found : null;
    });
    expect(counts).toEqual({ refused: '1', 'code:IMAGE_EMPTY': '1' });
    const [entry] = await redis.xrange(importKeys.log('7'), '-', '+');
    expect(JSON.parse(entry![1][1]!)).toEqual({
      key: 'empty.jpg',
      outcome: 'refused',
      code: 'IMAGE_EMPTY',
      message: 'the file is empty',
    });
  });

  it('answers a query with a damaged image with the reason', async () => {
    const jpeg = await readFile(path.join(folder, 'archive', 'three people.jpg'));
    await writeFile(path.join(folder, 'archive', 'half.jpg'), jpeg.subarray(0, jpeg.length / 2));
    const payload = await job('half.jpg', { kind: 'query' });
    await expect(images.request(payload, 20_000, 'query')).rejects.toMatchObject({
      code: 'IMAGE_TRUNCATED',
      stage: 'decode',
      httpStatus: 422,
    });
  });

  it('drops the images of a cancelled import and counts them as cancelled', async () => {
    await copyOfThreePeople('cancelled.jpg');
    const payload = await job('cancelled.jpg', { kind: 'import', importId: '8' });
    await ledger.claim('8', [imageId('default', payload.image, SPACE)]);
    await redis.hset(importKeys.state('8'), 'status', 'cancelled');
    await images.add(payload);
    await waitUntil('the image to be counted as cancelled', async () => {
      return (await redis.hget(importKeys.counts('8'), 'cancelled')) === '1';
    });
    expect(await handedOn(payload)).toBeUndefined();
  });

  it('delays the images of a paused import, and embeds them once it is resumed', async () => {
    await copyOfThreePeople('paused.jpg');
    const payload = await job('paused.jpg', { kind: 'import', importId: '9' });
    await redis.hset(importKeys.state('9'), 'status', 'paused');
    await images.add(payload);
    await waitUntil('the job to be delayed', async () => (await images.counts()).delayed === 1);
    expect(await handedOn(payload)).toBeUndefined();
    await redis.hset(importKeys.state('9'), 'status', 'running');
    await waitUntil('the match-faces job', () => handedOn(payload));
  });

  it('skips an image that already has an outcome', async () => {
    await copyOfThreePeople('known.jpg');
    const payload = await job('known.jpg', { kind: 'import', importId: '10' });
    const id = imageId('default', payload.image, SPACE);
    await ledger.claim('10', [id]);
    const known = { imageId: id, tenant: 'default', key: 'known.jpg' };
    await ledger.finish({ ...known, outcome: 'named', faces: 3, events: [] });
    await images.add(payload);
    await waitUntil('the job to be gone', async () => (await jobs.getJob(id)) === undefined);
    expect(await handedOn(payload)).toBeUndefined();
  });

  it('refuses a job whose deadline has passed', async () => {
    const payload = await job(
      'three people.jpg',
      { kind: 'query' },
      { deadline: Date.now() - 1_000, tenant: 'late' },
    );
    await expect(images.request(payload, 20_000, 'query')).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      httpStatus: 504,
    });
    // The embedder said so, and not the caller, who had stopped waiting.
    const failed = await jobs.getJob(embedImageContract.jobId(payload));
    expect(await failed?.getState()).toBe('failed');
    expect(failed?.failedReason).toMatch(/^DEADLINE_EXCEEDED .*the caller no longer waits/);
  });

  it('refuses an image that was replaced after it was listed', async () => {
    await copyOfThreePeople('replaced.jpg');
    const payload = await job('replaced.jpg', { kind: 'query' });
    await writeFile(path.join(folder, 'archive', 'replaced.jpg'), 'another picture');
    await expect(images.request(payload, 20_000, 'query')).rejects.toMatchObject({
      code: 'OBJECT_CHANGED',
    });
  });

  it('refuses a job of another model space', async () => {
    const payload = await job(
      'three people.jpg',
      { kind: 'query' },
      { space: 'facenet512@1+facenet-160' },
    );
    await expect(images.request(payload, 20_000, 'query')).rejects.toMatchObject({
      code: 'SPACE_MISMATCH',
    });
  });

  it('reports engine, device and precision of each network in its readiness and its log', async () => {
    const response = await fetch(`${app.url}/health/ready`);
    expect(response.status).toBe(200);
    const { checks } = readinessSchema.parse(await response.json());
    const on = { engine: 'onnxruntime', device: 'cpu', precision: 'float32' };
    expect(checks.find(({ name }) => name === 'models')).toMatchObject({
      ok: true,
      pack: 'fr-feature',
      space: SPACE,
      networks: [
        { role: 'detect', pack: 'rfb320-68', ...on },
        { role: 'landmarks', pack: 'rfb320-68', ...on },
        { role: 'embed', pack: 'fr-feature', ...on },
      ],
    });
    expect(app.log()).toContain('embed: fr-feature on onnxruntime, cpu, float32');
  });

  it('keeps the telemetry of the runtime off', async () => {
    // The telemetry would write an id of the machine and a database of events to the home folder.
    expect(await readdir(home)).toEqual([]);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('exports metrics of the work of its networks', async () => {
    await copyOfThreePeople('counted.jpg');
    const before = await metrics(app.url);
    await images.request(await job('counted.jpg', { kind: 'query' }), 20_000, 'query');
    const after = await metrics(app.url);
    const grown = (name: string) => after.get(name)! - before.get(name)!;
    expect(grown('sightline_network_items_total{role="embed"}')).toBe(3);
    expect(grown('sightline_network_batches_total{role="embed"}')).toBeGreaterThan(0);
    expect(grown('sightline_network_seconds_total{role="embed"}')).toBeGreaterThan(0);
    expect(
      after.get(
        'sightline_engine_info{role="embed",engine="onnxruntime",device="cpu",precision="float32",pack="fr-feature"}',
      ),
    ).toBe(1);
    const threads = after.get('sightline_engine_threads')!;
    expect(threads).toBeGreaterThan(0);
    expect(after.get('sightline_engine_sessions')).toBe(3 * threads);
    expect(after.get('sightline_engine_tensors')).toBe(0);
    expect(after.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });

  it('finishes the jobs in progress on SIGTERM and leaves the others on the queue', async () => {
    const other = await startApp('embedder', { ...settings, EMBEDDER_CONCURRENCY: '2' });
    await app.stop();
    const names = Array.from({ length: 12 }, (_, index) => `shutdown ${index}.jpg`);
    await Promise.all(names.map(copyOfThreePeople));
    const payloads = await Promise.all(
      names.map((name) => job(name, { kind: 'import', importId: '11' })),
    );
    await images.addBulk(payloads);
    await waitUntil('the first to be handed on', () =>
      Promise.all(payloads.map((payload) => handedOn(payload))).then((all) => all.some(Boolean)),
    );
    expect(await other.stop()).toBe(0);
    const { active, delayed } = await images.counts();
    const waiting = await jobs.getPrioritizedCount();
    expect({ active, delayed }).toEqual({ active: 0, delayed: 0 });
    const handed = (await Promise.all(payloads.map((payload) => handedOn(payload)))).filter(
      Boolean,
    );
    expect(handed.length + waiting).toBe(names.length);
    expect(handed.length).toBeLessThan(names.length);
    app = await startApp('embedder', settings);
  }, 60_000);

  it('exits with code 1 and names the command that installs a missing model pack', async () => {
    await expect(
      startApp('embedder', { ...settings, MODELS_DIR: path.join(folder, 'no-models') }),
    ).rejects.toThrow(/npm run sightline -- models pull/);
  });
});
