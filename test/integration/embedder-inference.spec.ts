import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import {
  type NetworkItem,
  type ThreadRequest,
  type ThreadSetup,
} from '#vision/inference/inference-messages.js';
import { InferencePool } from '#vision/inference/inference-pool.js';
import { InferenceThreadClient } from '#vision/inference/inference-thread-client.js';
import { Networks } from '#vision/inference/networks.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { loadPacks } from '#vision/packs/load-packs.js';
import { ownModelsFolder, placeTinyPack, TINY_PACK } from '../support/engine-packs.js';
import { ENGINES } from '../support/engine-settings.js';
import { photos } from '../support/photos.js';

const config = inferenceConfigSchema.parse({
  MODELS_DIR: path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models'),
  INFERENCE_THREADS: 1,
});

/** Fills the small network's input from the arena's first pixels. */
const healthy: NetworkItem = {
  offset: 0,
  width: 64,
  height: 64,
  columns: 17,
  rows: 23,
  map: { a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0 },
};
/** Points past the end of the arena. */
const poison: NetworkItem = { ...healthy, offset: 1_000_000_000 };
/** Takes years to sample. */
const endless: NetworkItem = { ...healthy, columns: 1e9, rows: 1e9 };

describe.each(['onnxruntime', 'tensorflow'] as const)('inference threads (%s)', (engine) => {
  let modelsDir: string;
  let setup: ThreadSetup;

  beforeAll(async () => {
    modelsDir = await ownModelsFolder();
    await placeTinyPack(modelsDir);
    const { networks, detection } = await loadPacks(
      inferenceConfigSchema.parse({
        MODELS_DIR: modelsDir,
        MODEL_PACK: TINY_PACK,
        ...ENGINES[engine],
      }),
    );
    const { minScore, maxOverlap } = detection;
    const memory = new SharedArrayBuffer(64 * 64 * 3);
    new Uint8Array(memory).forEach((_, index, pixels) => (pixels[index] = index % 251));
    setup = { networks, memory, maxBatch: 8, intraOp: 1, minScore, maxOverlap };
  });
  afterAll(() => rm(modelsDir, { recursive: true }));

  it('fail only the item that cannot be computed, not the other items of its batch', async () => {
    const pool = await InferencePool.open(setup, 1, 20_000);
    const networks = new Networks(pool, { maxBatch: 8, maxWaitMs: 20 });
    const items = [healthy, healthy, poison, healthy, healthy];
    const outcomes = await Promise.allSettled(
      items.map((item) => networks.run('embed', item, false)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    await networks.close();
  });

  it('are replaced when a call hangs, and their items fail with an error that allows a retry', async () => {
    const pool = await InferencePool.open(setup, 1, 3_000);
    const { facts, held } = pool;
    const [before] = await pool.run('embed', [healthy]);
    const rejected = await Promise.allSettled([
      pool.run('embed', [endless]),
      pool.run('embed', [healthy]),
    ]);
    const error = { code: 'INFERENCE_HUNG', class: 'retry' };
    expect(rejected).toMatchObject([{ reason: error }, { reason: error }]);
    const [after] = await pool.run('embed', [healthy]);
    expect(after).toEqual(before);
    expect(pool.facts).toEqual(facts);
    expect(facts.networks.find(({ role }) => role === 'embed')).toMatchObject({ engine });
    expect(pool.held).toEqual(held);
    await pool.close();
  });

  it('report their crash to the calls in progress and to later calls', async () => {
    const client = new InferenceThreadClient(setup, 20_000);
    await client.facts;
    const crash = client.call(null as unknown as Extract<ThreadRequest, { kind: 'run' }>);
    const held = client.call({ kind: 'run', role: 'embed', items: [healthy] });
    const error = { code: 'INFERENCE_CRASHED', class: 'retry' };
    await expect(crash).rejects.toMatchObject(error);
    await expect(held).rejects.toMatchObject(error);
    expect(await client.gone).toMatchObject({ name: 'TypeError' });
    const later = client.call({ kind: 'run', role: 'embed', items: [healthy] });
    await expect(later).rejects.toMatchObject(error);
  });

  it('do not start with a file that is not a network', async () => {
    const networks = setup.networks.map((network) => ({
      ...network,
      artifact: { ...network.artifact, file: import.meta.filename },
    }));
    await expect(InferencePool.open({ ...setup, networks }, 1, 20_000)).rejects.toMatchObject({
      code: 'INFERENCE_CRASHED',
    });
  });
});

describe('FacePipeline', () => {
  let pipeline: FacePipeline;
  let group: Buffer;

  beforeAll(async () => {
    pipeline = await openFacePipeline(config);
    group = await readFile(path.join((await photos()).faceApi, 'sample1.jpg'));
  });
  afterAll(() => pipeline.close());

  it('fills batches with faces of several images that are processed concurrently', async () => {
    const [face] = (await pipeline.process(group)).faces;
    const { x, y, width } = face!.box;
    const [left, top, side] = [x - width / 2, y - width / 2, width * 2].map(Math.round);
    const portrait = await sharp(group)
      .extract({ left: left!, top: top!, width: side!, height: side! })
      .toBuffer();
    const before = pipeline.stats().networks.embed;
    const all = await Promise.all(Array.from({ length: 16 }, () => pipeline.process(portrait)));
    expect(all.map(({ faces }) => faces.length)).toEqual(Array(16).fill(1));
    const { items, batches } = pipeline.stats().networks.embed;
    expect(items - before.items).toBe(16);
    expect(batches - before.batches).toBeLessThanOrEqual(6);
  });

  it('gives the same embeddings for an image alone and in a batch', async () => {
    const alone = await pipeline.process(group);
    const [together] = await Promise.all([1, 2, 3].map(() => pipeline.process(group)));
    expect(together).toEqual(alone);
  });

  it('frees all pixel memory, whether images succeed or fail', async () => {
    const jobs = [group, Buffer.alloc(0), group.subarray(0, 1_000), Buffer.from('text'), group];
    const ends = await Promise.allSettled(jobs.map((bytes) => pipeline.process(bytes)));
    expect(ends.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(pipeline.stats().pixelBytesFree).toBe(config.PIXEL_MEMORY_BYTES);
  });

  it('finds faces of 64 px in a picture of 12 megapixels', async () => {
    const { faces, width, height } = await pipeline.process(group);
    const scale = 64 / Math.min(...faces.map(({ box }) => box.height));
    const small = await sharp(group)
      .resize(Math.round(width * scale), Math.round(height * scale))
      .toBuffer();
    const create = { width: 4_000, height: 3_000, channels: 3, background: '#8899aa' } as const;
    const large = await sharp({ create })
      .composite([{ input: small, left: 2_500, top: 1_300 }])
      .jpeg()
      .toBuffer();
    const found = (await pipeline.process(large)).faces.filter(({ box }) => box.x > 2_400);
    expect(found).toHaveLength(3);
    for (const [index, { box }] of found.entries()) {
      expect(Math.abs(box.x - 2_500 - faces[index]!.box.x * scale)).toBeLessThan(12);
    }
  });

  it('does not block the event loop while networks run', async () => {
    const batches = () =>
      Object.values(pipeline.stats().networks).reduce((sum, { batches }) => sum + batches, 0);
    const before = batches();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await Promise.all(Array.from({ length: 12 }, () => pipeline.process(group)));
    clearInterval(timer);
    // If networks ran on this thread, the timer could only fire between batches.
    expect(turns).toBeGreaterThan(10 * (batches() - before));
  });

  it('keeps the faces with the highest detection scores when there are more than the limit', async () => {
    const all = (await pipeline.process(group)).faces;
    const limited = await openFacePipeline({ ...config, MAX_FACES_PER_IMAGE: 2 });
    const { faces, dropped } = await limited.process(group);
    await limited.close();
    const least = Math.min(...all.map(({ detectionScore }) => detectionScore));
    expect(faces).toEqual(all.filter(({ detectionScore }) => detectionScore > least));
    expect(dropped).toBe(1);
  });

  it('finishes the images in progress before it closes', async () => {
    const other = await openFacePipeline(config);
    const held = other.process(group);
    await other.close();
    expect((await held).faces).toHaveLength(3);
  });
});
