import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type EmbeddingManifest } from '#models/packs/manifest.js';
import { frFeature } from '#models/published/default-packs.js';
import { knownAnswerInput } from '#vision/packs/known-answer.js';
import { runOnnx } from './run-onnx.js';

/** A pack `tiny` for an embedding network with inputs of 56 × 56 pixels in the order [height, width, colour]. */
export const TINY_INPUT: EmbeddingManifest['input'] = {
  width: 56,
  height: 56,
  channels: 'rgb',
  layout: 'nhwc',
  mean: 127.5,
  std: 128,
};

/** Installs the pack in `modelsDir`, with an output of the network as its known answer. */
export async function writeTinyPack(modelsDir: string, network: Buffer): Promise<void> {
  const { width, height } = TINY_INPUT;
  const image = { data: knownAnswerInput(TINY_INPUT), dims: [1, height, width, 3] };
  const { answers } = await runOnnx(network, [image]);
  const { data } = answers[0]!.embedding!;
  const output = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  const original = frFeature.manifest as EmbeddingManifest;
  const half = ([x, y]: readonly [number, number]): [number, number] => [x / 2, y / 2];
  const [left, right, nose, leftMouth, rightMouth] = original.alignment.points;
  const manifest: EmbeddingManifest = {
    ...original,
    name: 'tiny',
    description: 'a network that has learned nothing',
    artifacts: [
      {
        file: 'embed.onnx',
        role: 'embed',
        format: 'onnx',
        precision: 'float32',
        sha256: createHash('sha256').update(network).digest('hex'),
      },
    ],
    space: 'tiny@1+tiny-56',
    input: TINY_INPUT,
    alignment: {
      template: 'tiny-56',
      points: [half(left), half(right), half(nose), half(leftMouth), half(rightMouth)],
    },
    dimension: data.length,
    calibrations: [],
    knownAnswers: [{ role: 'embed', outputName: 'embedding', every: 1, output, minCosine: 0.9999 }],
  };
  const folder = path.join(modelsDir, 'tiny');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'embed.onnx'), network);
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
}
