import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { assertTellsFacesApart, runFaceTest } from '#models/face-test/face-test.js';
import { decodeOnnx, encodeOnnx } from '#models/onnx/rewrite-onnx.js';
import { readEmbeddingPack } from '#models/packs/read-pack.js';
import { noise } from '../support/keras-weights.js';
import { photos } from '../support/photos.js';
import { MODELS_DIR } from '../support/start-pipeline.js';

/** ONNX TensorProto.DataType FLOAT. */
const FLOAT = 1;

type Change = (weights: Float32Array, layer: number) => void;

describe('runFaceTest', () => {
  let folder: string;
  let photographs: string;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-faces-'));
    photographs = path.dirname((await photos()).faceApi);
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Runs the test on the default pack with changed weights, in the folder that an installation uses. */
  async function test(name: string, change: Change) {
    const pack = await readEmbeddingPack(MODELS_DIR, 'fr-feature');
    const network = decodeOnnx(await readFile(path.join(pack.folder, 'embed.onnx')));
    const layers = network.graph.initializer.filter(
      ({ data_type, raw_data }) => data_type === FLOAT && raw_data.length > 2_000,
    );
    for (const [index, tensor] of layers.entries()) {
      const bytes = Uint8Array.from(tensor.raw_data);
      change(new Float32Array(bytes.buffer), index);
      tensor.raw_data = bytes;
    }
    const onnx = encodeOnnx(network);
    const workspace = path.join(folder, name);
    await mkdir(path.join(workspace, 'fr-feature'), { recursive: true });
    const [artifact] = pack.manifest.artifacts;
    const sha256 = createHash('sha256').update(onnx).digest('hex');
    // The known answer would detect the change before the face test, so it accepts every answer.
    const [known] = pack.manifest.knownAnswers;
    const manifest = {
      ...pack.manifest,
      artifacts: [{ ...artifact, sha256 }],
      knownAnswers: [{ ...known, minCosine: -1 }],
    };
    await writeFile(path.join(workspace, 'fr-feature/embed.onnx'), onnx);
    await writeFile(path.join(workspace, 'fr-feature/manifest.json'), JSON.stringify(manifest));
    return runFaceTest('fr-feature', { workspace, modelsDir: MODELS_DIR, photographs });
  }

  it('accepts a network that tells people apart', async () => {
    const separation = await test('whole', () => undefined);
    expect(separation).toEqual({ comparisons: 444, right: 444 });
    expect(() => assertTellsFacesApart('fr-feature', separation)).not.toThrow();
  });

  const next = noise(7);
  const shuffle = (weights: Float32Array) => {
    for (let i = weights.length - 1; i > 0; i--) {
      const j = Math.floor(((next() + 1) / 2) * (i + 1));
      [weights[i], weights[j]] = [weights[j]!, weights[i]!];
    }
  };

  it.each<[string, Change]>([
    [
      'random',
      (weights) => {
        const scale = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0) / weights.length);
        for (let i = 0; i < weights.length; i++) weights[i] = next() * 1.7 * scale;
      },
    ],
    ['shuffled', shuffle],
    [
      'one-layer',
      (weights, layer) => {
        if (layer === 0) shuffle(weights);
      },
    ],
  ])('rejects a network with %s weights', async (name, change) => {
    const separation = await test(name, change);
    expect(() => assertTellsFacesApart('fr-feature', separation)).toThrow(
      expect.objectContaining({ code: 'MODEL_FACES_CONFUSED' }),
    );
  });
});
