import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { unitVector } from '#vision/inference/network-runner.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { photos } from '../support/photos.js';
import { runOnnx } from '../support/run-onnx.js';

const MODELS_DIR = path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models');

describe('FacePipeline.align', () => {
  let pipeline: FacePipeline;
  let photograph: Buffer;

  beforeAll(async () => {
    photograph = await readFile(path.join((await photos()).faceApi, 'sample1.jpg'));
    const settings = { MODELS_DIR, MODEL_PACK: 'fr-feature', INFERENCE_THREADS: '1' };
    pipeline = await openFacePipeline(loadConfig(inferenceConfigSchema, settings));
  });
  afterAll(() => pipeline.close());

  it('returns for each face the pixels that process embeds', async () => {
    const { faces } = await pipeline.process(photograph);
    const { faces: aligned } = await pipeline.align(photograph);
    expect(aligned.length).toBeGreaterThan(1);
    expect(aligned.length).toBe(faces.length);
    const network = await readFile(path.join(MODELS_DIR, 'fr-feature', 'embed.onnx'));
    const inputs = aligned.map(({ input }) => ({ data: input, dims: [1, 3, 112, 112] }));
    const { answers } = await runOnnx(network, inputs);
    for (const [index, answer] of answers.entries()) {
      const embedding = unitVector(answer.output!.data);
      const dot = embedding.reduce((sum, v, i) => sum + v * faces[index]!.embedding![i]!, 0);
      expect(dot).toBeGreaterThan(0.99999);
    }
  });
});
