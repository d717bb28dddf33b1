import { createHash } from 'node:crypto';
import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { facenetManifest } from '#models/facenet/facenet-pack.js';
import { foldNetwork } from '#models/facenet/fold-network.js';
import { importFacenet } from '#models/facenet/import-facenet.js';
import { referenceForward } from '#models/facenet/reference-forward.js';
import { writeOnnx } from '#models/facenet/write-onnx.js';
import { writeTfjsGraph } from '#models/facenet/write-tfjs-graph.js';
import { placePack } from '#models/install/place-pack.js';
import {
  type Calibration,
  type EmbeddingManifest,
  type NetworkInput,
} from '#models/packs/manifest.js';
import { knownAnswerInput } from '#vision/packs/known-answer.js';
import { generatedWeights } from './keras-weights.js';
import { MODELS_DIR } from './start-pipeline.js';
import { tinyFacenet } from './tiny-facenet.js';

export const TINY_PACK = 'tiny';
export const FACENET_PACK = 'facenet512';
const TINY_DIMENSION = 16;

/** Makes a models folder for one test, with the installed detection pack. */
export async function ownModelsFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-engines-'));
  const detection = 'rfb320-68';
  await symlink(path.join(MODELS_DIR, detection), path.join(folder, detection));
  return folder;
}

/** A pack for both engines with a small, fast network: generated weights, and every kind of layer. */
export async function placeTinyPack(modelsDir: string): Promise<void> {
  const network = tinyFacenet(TINY_DIMENSION);
  const weights = generatedWeights(network);
  const folded = foldNetwork(network, weights);
  const tfjs = writeTfjsGraph(folded, 'embed.bin');
  const files = new Map([
    ['embed.onnx', writeOnnx(folded)],
    ['embed.json', tfjs.json],
    ['embed.bin', tfjs.weights],
  ]);
  const formats = {
    'embed.onnx': 'onnx',
    'embed.json': 'tfjs',
    'embed.bin': 'tfjs-weights',
  } as const;
  const [height, width] = network.input;
  const input: NetworkInput = {
    width,
    height,
    mean: 127.5,
    std: 128,
    channels: 'rgb',
    layout: 'nhwc',
  };
  const answer = referenceForward(network, weights, knownAnswerInput(input));
  const norm = Math.hypot(...answer);
  const unit = Float32Array.from(answer, (value) => value / norm);
  const manifest: EmbeddingManifest = {
    schema: 2,
    name: TINY_PACK,
    version: '1',
    task: 'embedding',
    space: 'tiny@1+tiny',
    metric: 'cosine',
    description: 'made up',
    source: 'made up',
    licence: 'Apache-2.0',
    artifacts: Object.entries(formats).map(([file, format]) => ({
      file,
      format,
      role: 'embed',
      precision: 'float32',
      sha256: createHash('sha256').update(files.get(file)!).digest('hex'),
    })),
    knownAnswers: [
      {
        role: 'embed',
        outputName: 'embedding',
        every: 1,
        minCosine: 0.9999,
        output: Buffer.from(unit.buffer).toString('base64'),
      },
    ],
    input,
    alignment: {
      template: 'tiny',
      points: [
        [5, 8],
        [12, 8],
        [8.5, 12],
        [6, 16],
        [11, 16],
      ],
    },
    dimension: TINY_DIMENSION,
    normalisation: null,
    calibrations: [],
  };
  await place(modelsDir, manifest, files);
}

/**
 * FaceNet with its real weights and an arbitrary threshold.
 * @param weights folder with facenet512_weights.h5
 */
export async function placeFacenetPack(modelsDir: string, weights: string): Promise<void> {
  const imported = await importFacenet({ weights: path.join(weights, 'facenet512_weights.h5') });
  const manifest = facenetManifest(imported, FACENET_PACK);
  const interval: [number, number] = [0, 1];
  const point = (falseAcceptRate: number, threshold: number) => ({
    falseAcceptRate,
    threshold,
    falseAcceptInterval: interval,
    trueAcceptRate: 1,
  });
  const calibration: Calibration = {
    detector: 'rfb320-68',
    alignment: manifest.alignment.template,
    metric: 'cosine',
    cohort: null,
    data: 'made up',
    images: 1,
    people: 1,
    groups: [],
    genuinePairs: 1,
    impostorPairs: 1,
    points: [point(0.01, 0.4), point(0.0001, 0.5)],
  };
  await place(modelsDir, { ...manifest, calibrations: [calibration] }, imported.files);
}

async function place(
  modelsDir: string,
  manifest: EmbeddingManifest,
  files: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const all = new Map([...files, ['manifest.json', Buffer.from(JSON.stringify(manifest))]]);
  await placePack(modelsDir, manifest.name, all, { force: true });
}
