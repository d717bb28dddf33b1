import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type EmbeddingManifest } from '#shared/models/manifest.js';
import { TEST_DIMENSION } from './vectors.js';

export const TEST_SPACE = 'test@1+none';

const MANIFEST: EmbeddingManifest = {
  schema: 2,
  name: 'test',
  version: '1',
  description: 'a space without a network, for services that only compare',
  source: 'made up',
  licence: 'Apache-2.0',
  artifacts: [
    {
      file: 'none.onnx',
      role: 'embed',
      format: 'onnx',
      precision: 'float32',
      sha256: '0'.repeat(64),
    },
  ],
  knownAnswers: [
    { role: 'embed', outputName: 'none', every: 1, output: 'AAAAAA==', minCosine: 0.99 },
  ],
  task: 'embedding',
  space: TEST_SPACE,
  input: { width: 1, height: 1, channels: 'rgb', layout: 'nchw', mean: 0, std: 1 },
  alignment: {
    template: 'none',
    points: [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  },
  dimension: TEST_DIMENSION,
  metric: 'cosine',
  normalisation: null,
  calibrations: [
    {
      detector: 'rfb320-68',
      alignment: 'none',
      metric: 'cosine',
      cohort: null,
      data: 'made up',
      images: 1,
      people: 1,
      genuinePairs: 1,
      impostorPairs: 1,
      points: [
        {
          falseAcceptRate: 0.001,
          threshold: 0.4,
          falseAcceptInterval: [0, 1],
          trueAcceptRate: 1,
        },
        {
          falseAcceptRate: 0.0001,
          threshold: 0.5,
          falseAcceptInterval: [0, 1],
          trueAcceptRate: 1,
        },
      ],
      groups: [],
    },
  ],
};

/** Puts the manifest of a made-up embedding pack named `test` in `modelsDir`. */
export async function writeTestPack(modelsDir: string): Promise<void> {
  const folder = path.join(modelsDir, MANIFEST.name);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(MANIFEST));
}
