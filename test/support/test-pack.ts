import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Calibration, type EmbeddingManifest } from '#models/packs/manifest.js';
import { TEST_DIMENSION } from './vectors.js';

export const TEST_SPACE = 'test@1+none';

export const TEST_MANIFEST: EmbeddingManifest = {
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
  calibrations: [testCalibration([0.4, 0.5])],
};

/** @param thresholds at false-accept rates 0.001 and 0.0001 */
export function testCalibration(
  thresholds: readonly [number, number],
  rest: Partial<Calibration> = {},
): Calibration {
  return {
    detector: 'rfb320-68',
    alignment: 'none',
    metric: 'cosine',
    cohort: null,
    data: 'made up',
    images: 1,
    people: 1,
    genuinePairs: 1,
    impostorPairs: 1,
    points: [0.001, 0.0001].map((falseAcceptRate, i) => ({
      falseAcceptRate,
      threshold: thresholds[i]!,
      falseAcceptInterval: [0, 1],
      trueAcceptRate: 1,
    })),
    groups: [],
    ...rest,
  };
}

/** Writes an embedding pack named `test` to `modelsDir`: a manifest without a network. */
export async function writeTestPack(
  modelsDir: string,
  changes: Partial<EmbeddingManifest> = {},
): Promise<void> {
  const folder = path.join(modelsDir, TEST_MANIFEST.name);
  await mkdir(folder, { recursive: true });
  await writeFile(
    path.join(folder, 'manifest.json'),
    JSON.stringify({ ...TEST_MANIFEST, ...changes }),
  );
}

/** Normalisation of the scores of `writeNormalisedTestPack`. */
export const TEST_NORMALISATION = { top: 10, samePerson: 0.95, deviation: 0.05 };

/**
 * Writes the same pack with scores that are normalised by these strangers.
 * @param thresholds at false-accept rates 0.001 and 0.0001, in standard deviations
 */
export async function writeNormalisedTestPack(
  modelsDir: string,
  strangers: readonly Float32Array[],
  thresholds: readonly [number, number],
): Promise<void> {
  const bytes = Buffer.concat(
    strangers.map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength),
    ),
  );
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await writeTestPack(modelsDir, {
    normalisation: {
      method: 'as-norm',
      ...TEST_NORMALISATION,
      cohort: { file: 'cohort.bin', sha256, size: strangers.length, data: 'made up' },
    },
    calibrations: [testCalibration(thresholds, { metric: 'as-norm', cohort: sha256 })],
  });
  await writeFile(path.join(modelsDir, TEST_MANIFEST.name, 'cohort.bin'), bytes);
}
