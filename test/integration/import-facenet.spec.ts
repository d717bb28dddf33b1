import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { facenetManifest } from '#models/facenet/facenet-pack.js';
import { importFacenet, type ImportedFacenet } from '#models/facenet/import-facenet.js';
import { inceptionResnetV1 } from '#models/facenet/inception-resnet-v1.js';
import { embeddingManifestSchema } from '#models/packs/manifest.js';
import { knownAnswerInput } from '#vision/packs/known-answer.js';
import { kerasModelJson } from '../support/keras-model-json.js';
import { generatedWeights } from '../support/keras-weights.js';
import { runOnnx } from '../support/run-onnx.js';
import { runTfjs } from '../support/run-tfjs.js';
import { writeKerasFile } from '../support/write-keras-file.js';

/** Folder of real weights: facenet512_weights.h5 and facenet512_known_answer.json. */
const REAL = process.env.SIGHTLINE_TEST_FACENET;

/** Each import and each engine processes 94 MB of weights. */
const TIMEOUT_MS = 180_000;

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    squaresA += a[i]! ** 2;
    squaresB += b[i]! ** 2;
  }
  return dot / Math.sqrt(squaresA * squaresB);
}

/** The results of both artifacts and of the reference for the input of the known answer. */
async function answers(imported: ImportedFacenet) {
  const { files, knownAnswers } = imported;
  const { input } = facenetManifest(imported);
  const image = { data: knownAnswerInput(input), dims: [1, 160, 160, 3] };
  const onnx = await runOnnx(files.get('embed.onnx')!, [image]);
  const model = { json: files.get('embed.json')!, weights: files.get('embed.bin')! };
  const known = Buffer.from(knownAnswers[0]!.output, 'base64');
  return {
    onnx: onnx.answers[0]!.embedding!.data,
    tfjs: await runTfjs(model, image, 'embedding'),
    reference: Float32Array.from({ length: known.length / 4 }, (_, i) => known.readFloatLE(i * 4)),
  };
}

describe('importFacenet', () => {
  let folder: string;
  const file = (name: string) => path.join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-facenet-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  describe('with generated weights of the right shapes', () => {
    const imported = new Map<number, ImportedFacenet>();

    beforeAll(async () => {
      const small = inceptionResnetV1(128);
      const json = kerasModelJson(small);
      await writeFile(file('model.json'), json);
      await writeKerasFile(file('model.h5'), small, generatedWeights(small), { modelConfig: json });
      const large = inceptionResnetV1(512);
      await writeKerasFile(file('weights.h5'), large, generatedWeights(large, 2));
      const pair = { weights: file('model.h5'), architecture: file('model.json') };
      imported.set(128, await importFacenet(pair));
      imported.set(512, await importFacenet({ weights: file('weights.h5') }));
    }, TIMEOUT_MS);

    it.each([128, 512])(
      'gives the results of the reference in both engines with %i dimensions',
      async (dimension) => {
        const { onnx, tfjs, reference } = await answers(imported.get(dimension)!);
        expect(reference).toHaveLength(dimension);
        expect(new Set(reference).size).toBeGreaterThan(dimension / 2);
        expect(cosine(onnx, reference)).toBeGreaterThan(0.99999);
        expect(cosine(tfjs, reference)).toBeGreaterThan(0.99999);
      },
      TIMEOUT_MS,
    );

    it.each([128, 512])('writes a complete manifest for %i dimensions', (dimension) => {
      const manifest = facenetManifest(imported.get(dimension)!);
      expect(embeddingManifestSchema.parse(manifest)).toEqual(manifest);
      expect(manifest).toMatchObject({ name: `facenet${dimension}`, dimension });
      expect(manifest.space).toBe(`facenet${dimension}@1+facenet-160`);
      expect(manifest.source).toMatch(/(model|weights)\.h5, sha256 [0-9a-f]{64}/);
      const files = [...imported.get(dimension)!.files.keys()];
      expect(manifest.artifacts.map((artifact) => artifact.file)).toEqual(files);
    });

    it('gives each set of weights with a custom name its own model space', () => {
      const spaces = [128, 512].map((dimension) => {
        return facenetManifest(imported.get(dimension)!, 'mine').space;
      });
      for (const space of spaces) expect(space).toMatch(/^mine@[0-9a-f]{8}\+facenet-160$/);
      expect(spaces[0]).not.toBe(spaces[1]);
    });

    it(
      'produces identical files each time',
      async () => {
        const again = await importFacenet({ weights: file('model.h5') });
        expect(again.artifacts).toEqual(imported.get(128)!.artifacts);
        expect(again.knownAnswers).toEqual(imported.get(128)!.knownAnswers);
      },
      TIMEOUT_MS,
    );

    it(
      'refuses the description of another network, in a separate file or in the weights file',
      async () => {
        const json = kerasModelJson(inceptionResnetV1(512));
        await writeFile(file('other.json'), json);
        const pair = { weights: file('model.h5'), architecture: file('other.json') };
        await expect(importFacenet(pair)).rejects.toMatchObject({
          code: 'KERAS_ARCHITECTURE_MISMATCH',
          message: expect.stringContaining('layer Bottleneck has units 512 instead of 128'),
        });
        const missing = { weights: file('model.h5'), architecture: file('missing.json') };
        await expect(importFacenet(missing)).rejects.toMatchObject({ code: 'KERAS_FILE_INVALID' });
        const small = inceptionResnetV1(128);
        await writeKerasFile(file('other.h5'), small, generatedWeights(small), {
          modelConfig: json,
        });
        await expect(importFacenet({ weights: file('other.h5') })).rejects.toMatchObject({
          code: 'KERAS_ARCHITECTURE_MISMATCH',
          message: expect.stringContaining('other.h5 describes another network'),
        });
      },
      TIMEOUT_MS,
    );

    it('refuses truncated weights', async () => {
      const whole = await readFile(file('weights.h5'));
      await writeFile(file('part.h5'), whole.subarray(0, whole.length / 2));
      await expect(importFacenet({ weights: file('part.h5') })).rejects.toMatchObject({
        code: 'KERAS_FILE_INVALID',
        message: expect.stringContaining('truncated file'),
      });
    });
  });

  (REAL === undefined ? describe.skip : describe)('with the real weights', () => {
    it(
      'gives the results of an independent implementation in both engines',
      async () => {
        const weights = path.join(REAL!, 'facenet512_weights.h5');
        const { onnx, tfjs, reference } = await answers(await importFacenet({ weights }));
        const text = await readFile(path.join(REAL!, 'facenet512_known_answer.json'), 'utf8');
        const known = JSON.parse(text) as number[];
        expect(cosine(onnx, known)).toBeGreaterThanOrEqual(0.99999);
        expect(cosine(tfjs, known)).toBeGreaterThanOrEqual(0.99999);
        expect(cosine(reference, known)).toBeGreaterThanOrEqual(0.99999);
      },
      TIMEOUT_MS,
    );
  });
});
