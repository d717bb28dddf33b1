/** Makes an 8-bit pack from a float32 embedding pack: collects faces, quantises, checks the result. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { inputShape } from '#vision/inference/network-input.js';
import { OnnxTensors } from '#vision/inference/onnx-tensors.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { knownAnswerInput, similarityToKnownAnswer } from '#vision/packs/known-answer.js';
import { type EmbeddingManifest, encodeManifest } from '../packs/manifest.js';
import { MANIFEST_FILE, type ModelPack } from '../packs/read-pack.js';
import { dotProduct } from '../scoring/as-norm.js';
import { batchOf, type NetworkInputs, quantiseError } from './observe-values.js';
import { quantiseNetwork } from './quantise-network.js';

const FILE = 'embed.onnx';
/** Every n-th face is not used for calibration but for checking the result. */
const CHECK_EVERY = 4;
/** Minimum cosine similarity of the quantised embedding of a face to the float32 one. */
const MIN_SIMILARITY = 0.99;

/** With fewer faces the ranges of the values inside the network are too uncertain. */
const MIN_FACES = 16;
/** More faces do not improve the result (docs/decisions/006-int8.md). */
const MAX_FACES = 128;
const PHOTOGRAPHS_AT_ONCE = 8;

/**
 * Allowed difference of the known answer on another CPU. Integer sums are exact, but the float32
 * operations between them may round differently.
 */
const TOLERANCE = 0.005;

const BATCH = 8;

export interface QuantisedPack {
  readonly manifest: EmbeddingManifest;
  /** The manifest and all files that it names. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Number of faces used for calibration. */
  readonly calibratedOn: number;
  /** Cosine similarity to the float32 network for each face that was used for checking. */
  readonly similarities: readonly number[];
}

type KnownAnswers = EmbeddingManifest['knownAnswers'];

/**
 * Makes a pack that computes in 8-bit integers from a float32 embedding pack. It has a third of the size
 * and is at least twice as fast on CPUs. Its embeddings are a new model space without calibrations.
 * @param photographs image files that show faces of any people
 * @param name name of the new pack
 * @param config settings of the pipeline; DETECTION_PACK finds the faces
 * @throws PipelineError QUANTISE_UNSUITABLE, QUANTISE_TOO_FEW_FACES or QUANTISE_TOO_COARSE, or an error of
 *   opening the pipeline
 */
export async function quantisePack(
  { folder, manifest }: ModelPack<EmbeddingManifest>,
  photographs: readonly string[],
  name: string,
  config: InferenceConfig,
): Promise<QuantisedPack> {
  const network = await readFile(path.join(folder, float32Network(manifest)));
  const [MODELS_DIR, MODEL_PACK] = [path.dirname(folder), path.basename(folder)];
  const faces = await calibrationFaces(photographs, { ...config, MODELS_DIR, MODEL_PACK });
  const { input } = manifest;
  const shape = inputShape(input);
  const quantised = await quantiseNetwork(network, {
    shape,
    items: faces.filter((_, index) => index % CHECK_EVERY !== 0),
    inputRange: [(0 - input.mean) / input.std, (255 - input.mean) / input.std],
  });
  const checked = faces.filter((_, index) => index % CHECK_EVERY === 0);
  const similarities = await compareNetworks(network, quantised, { shape, items: checked });
  assertClose(similarities, manifest.name);
  const calibratedOn = faces.length - checked.length;
  const made: EmbeddingManifest = {
    ...quantisedManifest(manifest, name, quantised),
    source: `model pack ${manifest.name}@${manifest.version}, quantised with ${calibratedOn} faces; made from: ${manifest.source}`,
    knownAnswers: await quantisedAnswers(quantised, manifest),
  };
  const files = new Map([
    [MANIFEST_FILE, encodeManifest(made)],
    [FILE, quantised],
  ]);
  return { manifest: made, files, calibratedOn, similarities };
}

function float32Network({ name, artifacts }: EmbeddingManifest): string {
  const found = artifacts.find(
    ({ role, format, precision }) =>
      role === 'embed' && format === 'onnx' && precision === 'float32',
  );
  if (found) return found.file;
  throw quantiseError(
    'QUANTISE_UNSUITABLE',
    `model pack ${name} has no float32 ONNX network to quantise`,
  );
}

/**
 * Aligned faces as the embedding network receives them, found by the pipeline itself. Files that cannot be
 * decoded are skipped; from a large number of files an even selection is used.
 * @throws PipelineError QUANTISE_TOO_FEW_FACES, or an error of opening the pipeline
 */
export async function calibrationFaces(
  photographs: readonly string[],
  config: InferenceConfig,
): Promise<Float32Array[]> {
  const pipeline = await openFacePipeline(config);
  try {
    const found = await pMap(evenly(photographs, MAX_FACES), (file) => facesIn(file, pipeline), {
      concurrency: PHOTOGRAPHS_AT_ONCE,
    });
    const faces = evenly(found.flat(), MAX_FACES);
    if (faces.length >= MIN_FACES) return faces;
    throw quantiseError(
      'QUANTISE_TOO_FEW_FACES',
      `quantising needs at least ${MIN_FACES} faces, but the ${photographs.length} photographs show ${faces.length}; give a folder with more faces with --images`,
    );
  } finally {
    await pipeline.close();
  }
}

async function facesIn(file: string, pipeline: FacePipeline): Promise<Float32Array[]> {
  try {
    const { faces } = await pipeline.align(await readFile(file));
    return faces.map(({ input }) => input);
  } catch (error) {
    if (error instanceof PipelineError && error.class === 'quarantine') return [];
    throw error;
  }
}

function evenly<Item>(items: readonly Item[], most: number): Item[] {
  const step = Math.max(1, items.length / most);
  return items.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

/**
 * Cosine similarity of the embeddings of two networks.
 * @returns one per face
 */
async function compareNetworks(
  a: Uint8Array,
  b: Uint8Array,
  inputs: NetworkInputs,
): Promise<number[]> {
  const [ofA, ofB] = [await embed(a, inputs), await embed(b, inputs)];
  return ofA.map((vector, index) => cosine(vector, ofB[index]!));
}

/** Embeddings from the first output of the network, not normalised. */
async function embed(
  network: Uint8Array,
  { shape, items }: NetworkInputs,
): Promise<Float32Array[]> {
  const tensors = await OnnxTensors.open(network);
  try {
    const vectors: Float32Array[] = [];
    for (let from = 0; from < items.length; from += BATCH) {
      const part = items.slice(from, from + BATCH);
      const [output] = (await tensors.run(batchOf(part, shape))).values();
      const { data } = output!;
      const length = data.length / part.length;
      for (let at = 0; at < data.length; at += length) {
        vectors.push(data.subarray(at, at + length));
      }
    }
    return vectors;
  } finally {
    await tensors.close();
  }
}

/** 0 for a vector of zeros. */
function cosine(a: Float32Array, b: Float32Array): number {
  return dotProduct(a, b) / Math.sqrt(dotProduct(a, a) * dotProduct(b, b)) || 0;
}

function assertClose(similarities: readonly number[], name: string): void {
  const lowest = Math.min(...similarities);
  if (lowest >= MIN_SIMILARITY) return;
  throw quantiseError(
    'QUANTISE_TOO_COARSE',
    `quantising ${name} changes the embedding of a face too much (cosine similarity ${lowest.toFixed(4)}, expected at least ${MIN_SIMILARITY}); keep the float32 pack, or give other photographs with --images`,
  );
}

/**
 * Known answers of the quantised network: those of the float32 network, with the similarity measured here
 * as the minimum. It is lower than for faces, because the synthetic input is not a face.
 */
async function quantisedAnswers(
  network: Uint8Array,
  { input, knownAnswers }: EmbeddingManifest,
): Promise<KnownAnswers> {
  const tensors = await OnnxTensors.open(network);
  try {
    const dims = [1, ...inputShape(input)];
    const outputs = await tensors.run({ data: knownAnswerInput(input), dims });
    const values = new Map([...outputs].map(([name, { data }]) => [name, data]));
    return knownAnswers.map((known) => {
      const lowest = similarityToKnownAnswer(values, known) - TOLERANCE;
      return { ...known, minCosine: Math.floor(lowest * 1e4) / 1e4 };
    });
  } finally {
    await tensors.close();
  }
}

function quantisedManifest(
  original: EmbeddingManifest,
  name: string,
  network: Buffer,
): EmbeddingManifest {
  const sha256 = createHash('sha256').update(network).digest('hex');
  return {
    ...original,
    name,
    description: `${original.description}; in 8-bit integers, for CPUs`,
    artifacts: [{ file: FILE, role: 'embed', format: 'onnx', precision: 'int8', sha256 }],
    space: `${name}@${original.version}+${original.alignment.template}`,
    // The calibrations of the float32 pack are only valid for its own embeddings.
    normalisation: null,
    calibrations: [],
  };
}
