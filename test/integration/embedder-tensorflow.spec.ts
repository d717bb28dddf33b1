import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { decodeEmbedding } from '#shared/contracts/embedding.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { FolderObjectStore } from '#shared/platform/storage/folder-object-store.js';
import { ownModelsFolder, placeTinyPack, TINY_PACK } from '../support/engine-packs.js';
import { ENGINES, type EngineUnderTest } from '../support/engine-settings.js';
import { metrics } from '../support/metrics.js';
import { photos } from '../support/photos.js';
import { DIST, type RunningApp, startApp } from '../support/start-app.js';
import { MODELS_DIR } from '../support/start-pipeline.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { cosine } from '../support/vector-records.js';

const EMBEDDER = path.join(DIST, 'apps/embedder/src/main.js');

describe('an embedder with INFERENCE_ENGINE=tensorflow', () => {
  let folder: string;
  let server: TestRedis;
  let settings: Record<string, string>;
  let app: RunningApp | undefined;

  beforeAll(async () => {
    folder = await ownModelsFolder();
    await placeTinyPack(folder);
    const uploads = path.join(folder, 'uploads');
    await mkdir(uploads);
    const { faceApi } = await photos();
    await copyFile(path.join(faceApi, 'sample1.jpg'), path.join(uploads, 'three people.jpg'));
    server = await startRedis();
    settings = {
      REDIS_URL: server.url,
      STORES: `uploads=${pathToFileURL(uploads).href}`,
      MODELS_DIR: folder,
      MODEL_PACK: TINY_PACK,
      LOG_FORMAT: 'pretty',
    };
  }, 60_000);

  afterEach(async () => {
    await app?.stop();
    app = undefined;
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts an embedder, and returns the embeddings of the photograph's faces from left to right. */
  async function embed(engine: EngineUnderTest) {
    app = await startApp('embedder', { ...settings, ...ENGINES[engine] });
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    const images = new ContractProducer(embedImageContract, redis);
    const key = 'three people.jpg';
    const { version } = await new FolderObjectStore(path.join(folder, 'uploads')).stat(key);
    const result = await images.request(
      {
        v: 1,
        tenant: engine,
        image: { store: 'uploads', key, version },
        source: { kind: 'query' },
        lane: 'live',
        space: 'tiny@1+tiny',
        observedAt: null,
      },
      20_000,
      'query',
    );
    await images.close();
    redis.disconnect();
    return result!.faces.map(({ embedding }) => decodeEmbedding(embedding, 16));
  }

  it('gives the same embeddings as with ONNX Runtime, and reports its engine', async () => {
    const expected = await embed('onnxruntime');
    await app!.stop();
    const faces = await embed('tensorflow');
    expect(faces).toHaveLength(3);
    faces.forEach((face, index) => {
      expect(cosine(face, expected[index]!)).toBeGreaterThan(0.9999);
    });
    const values = await metrics(app!.url);
    expect(
      values.get(
        'sightline_engine_info{role="embed",engine="tensorflow",device="cpu",precision="float32",pack="tiny"}',
      ),
    ).toBe(1);
    expect(values.get('sightline_network_items_total{role="embed"}')).toBe(3);
    expect(values.get('sightline_engine_tensors')).toBeGreaterThan(0);
    expect(app!.log()).toMatch(
      /embed: tiny on tensorflow, cpu, float32 \(@tensorflow\/tfjs .*wasm/,
    );
  }, 60_000);

  it('is alive but not ready if TensorFlow cannot be loaded', async () => {
    const missing = { INFERENCE_ENGINE: 'tensorflow', TENSORFLOW_PACKAGE: '/nowhere/tfjs-node' };
    app = await startApp('embedder', { ...settings, ...missing }, 'live');
    const response = await fetch(`${app.url}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      checks: [
        {
          code: 'TENSORFLOW_UNAVAILABLE',
          reason: expect.stringMatching(/\/nowhere\/tfjs-node: it is not installed.*npm install/),
        },
      ],
    });
  });

  it.each([
    [
      'a pack without a TF.js artifact',
      { MODEL_PACK: 'fr-feature', MODELS_DIR },
      /no tfjs artifact/,
    ],
    [
      'a device that the engine does not support',
      { INFERENCE_DEVICE: 'webgpu' },
      /TensorFlow has no webgpu/,
    ],
  ])('exits with code 1 and reports the problem when it has %s', async (_, more, problem) => {
    const env = { PATH: process.env.PATH, ...settings, ...ENGINES.tensorflow, ...more };
    const child = spawn(process.execPath, [EMBEDDER], { env });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'exit');
    expect(child.exitCode).toBe(1);
    expect(output).toMatch(problem);
  });
});
