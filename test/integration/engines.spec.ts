import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { inputLength } from '#vision/inference/network-input.js';
import { unitVector } from '#vision/inference/network-runner.js';
import { loadPacks } from '#vision/packs/load-packs.js';
import {
  FACENET_PACK,
  ownModelsFolder,
  placeFacenetPack,
  placeTinyPack,
  TINY_PACK,
} from '../support/engine-packs.js';
import { ENGINES, type EngineUnderTest } from '../support/engine-settings.js';
import { noise } from '../support/keras-weights.js';
import { runBatches } from '../support/run-batches.js';
import { cosine } from '../support/vector-records.js';

/** Folder of FaceNet's real weights. */
const FACENET = process.env.SIGHTLINE_TEST_FACENET;
const COUNT = 13;
const NAMES = ['onnxruntime', 'tensorflow'] as const;

let modelsDir: string;
beforeAll(async () => {
  modelsDir = await ownModelsFolder();
});
afterAll(() => rm(modelsDir, { recursive: true }));

/** The embedding network of a pack for an engine, and `count` inputs for it: noise of different levels. */
async function networkOf(engine: EngineUnderTest, pack: string, count: number) {
  const settings = { MODELS_DIR: modelsDir, MODEL_PACK: pack, ...ENGINES[engine] };
  const { networks } = await loadPacks(inferenceConfigSchema.parse(settings));
  const network = networks.find(({ role }) => role === 'embed')!;
  const length = inputLength(network.input);
  const next = noise(3);
  const items = Float32Array.from(
    { length: count * length },
    (_, index) => next() + 2 * Math.sin(Math.floor(index / length)),
  );
  return { network, items };
}

/** Embeddings of noise, one after the other. */
async function embed(engine: EngineUnderTest, pack: string, count: number) {
  const { network, items } = await networkOf(engine, pack, count);
  const { last } = await runBatches({ network, items, batching: 'split', counts: [count] });
  const dimension = last.length / count;
  return Array.from({ length: count }, (_, i) =>
    unitVector(last.subarray(i * dimension, (i + 1) * dimension)),
  );
}

describe('a small network', () => {
  beforeAll(() => placeTinyPack(modelsDir));

  it('gives the same embeddings on both engines', async () => {
    const [onnx, tensorflow] = await Promise.all(
      NAMES.map((name) => embed(name, TINY_PACK, COUNT)),
    );
    expect(onnx).toHaveLength(COUNT);
    // If all embeddings were alike, the comparison below would prove nothing.
    expect(cosine(onnx![0]!, onnx![1]!)).toBeLessThan(0.999);
    for (const [index, embedding] of onnx!.entries()) {
      expect(cosine(embedding, tensorflow![index]!)).toBeGreaterThan(0.9999);
    }
  });

  it.each(NAMES)(
    'gives the same results in a padded batch and in an exact one (%s)',
    async (name) => {
      const { network, items } = await networkOf(name, TINY_PACK, COUNT);
      // A full batch runs first, so that the padding of the next one contains its old values.
      const counts = [16, COUNT];
      const padded = await runBatches({ network, items, batching: 'pad', counts });
      const exact = await runBatches({ network, items, batching: 'split', counts: [COUNT] });
      expect(padded.last).toHaveLength(exact.last.length);
      for (const [index, value] of padded.last.entries()) {
        expect(Math.abs(value - exact.last[index]!)).toBeLessThan(1e-5);
      }
    },
  );

  describe.each(NAMES)('after a thousand batches of 1 to 17 items (%s)', (name) => {
    const counts = Array.from({ length: 1_000 }, (_, index) => 1 + ((index * 7) % 17));
    let answer: Awaited<ReturnType<typeof runBatches>>;
    beforeAll(async () => {
      const { network, items } = await networkOf(name, TINY_PACK, 17);
      answer = await runBatches({ network, items, batching: 'split', counts });
    }, 120_000);

    it('holds as many sessions and tensors as before, and none once it is closed', () => {
      expect(answer.before.sessions).toBe(1);
      expect(answer.after).toEqual(answer.before);
      expect(answer.before.tensors > 0).toBe(name === 'tensorflow');
      expect(answer.closed).toEqual({ sessions: 0, tensors: 0 });
    });

    it('uses no more memory than after the first few hundred batches', () => {
      const MIB = 1024 ** 2;
      const mean = (values: readonly number[]) =>
        values.reduce((sum, value) => sum + value, 0) / values.length;
      const growth = mean(answer.resident.slice(-10)) - mean(answer.resident.slice(10, 20));
      // If the inputs of 600 batches were kept, they would take 24 MiB.
      expect(growth / MIB).toBeLessThan(4);
    });
  });
});

(FACENET ? describe : describe.skip)('FaceNet', () => {
  beforeAll(() => placeFacenetPack(modelsDir, FACENET!), 120_000);

  it('gives the same embeddings on both engines', async () => {
    const onnx = await embed('onnxruntime', FACENET_PACK, 3);
    const tensorflow = await embed('tensorflow', FACENET_PACK, 3);
    for (const [index, embedding] of onnx.entries()) {
      expect(cosine(embedding, tensorflow[index]!)).toBeGreaterThan(0.9999);
    }
  }, 120_000);
});
