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
/** Every how many-th face the network is not calibrated on: it is checked on them. */
const CHECKED = 4;
/** A face whose embedding moves further than this has been quantised too coarsely. */
const LEAST_SIMILARITY = 0.99;

/** Fewer tell too little of what the values inside a network can be. */
const LEAST_FACES = 16;
/** More make the result no better, measured in docs/decisions/006-int8.md. */
const MOST_FACES = 128;
const PHOTOGRAPHS_AT_ONCE = 8;

/**
 * What the integers of a network may come out otherwise on another CPU: all its sums are exact, only the
 * float32 steps between them may round another way.
 */
const TOLERANCE = 0.005;

const BATCH = 8;

export interface QuantisedPack {
  readonly manifest: EmbeddingManifest;
  /** The manifest and all it names. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Faces. */
  readonly calibratedOn: number;
  /** Cosine similarity to the float32 network, of each face that was not calibrated on. */
  readonly similarities: readonly number[];
}

type KnownAnswers = EmbeddingManifest['knownAnswers'];

/**
 * Makes of a float32 embedding pack one that computes in 8-bit integers: a third of its size, and twice
 * as fast or more on CPUs. Its embeddings are a model space of their own, not calibrated yet.
 * @param photographs files that show faces, any people's
 * @param name of the new pack
 * @param config names the pack that finds faces
 * @throws PipelineError QUANTISE_UNSUITABLE, QUANTISE_TOO_FEW_FACES or QUANTISE_TOO_COARSE; of opening the
 *   pipeline
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
    items: faces.filter((_, index) => index % CHECKED !== 0),
    inputRange: [(0 - input.mean) / input.std, (255 - input.mean) / input.std],
  });
  const checked = faces.filter((_, index) => index % CHECKED === 0);
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
 * The faces of photographs as the embedding network gets them: found and aligned by the pipeline itself.
 * Files that are no readable photograph are passed over; of very many an even selection is taken.
 * @param config names the packs that find faces and that they are aligned for
 * @throws PipelineError QUANTISE_TOO_FEW_FACES, or of opening the pipeline
 */
export async function calibrationFaces(
  photographs: readonly string[],
  config: InferenceConfig,
): Promise<Float32Array[]> {
  const pipeline = await openFacePipeline(config);
  try {
    const found = await pMap(evenly(photographs, MOST_FACES), (file) => facesIn(file, pipeline), {
      concurrency: PHOTOGRAPHS_AT_ONCE,
    });
    const faces = evenly(found.flat(), MOST_FACES);
    if (faces.length >= LEAST_FACES) return faces;
    throw quantiseError(
      'QUANTISE_TOO_FEW_FACES',
      `quantising needs at least ${LEAST_FACES} faces and the ${photographs.length} photographs show ${faces.length}; give a folder that shows more with --images`,
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
 * Cosine similarity of what two networks make of the same faces.
 * @returns one for each face
 */
async function compareNetworks(
  a: Uint8Array,
  b: Uint8Array,
  inputs: NetworkInputs,
): Promise<number[]> {
  const [ofA, ofB] = [await embed(a, inputs), await embed(b, inputs)];
  return ofA.map((vector, index) => cosine(vector, ofB[index]!));
}

/** Embeddings from the network's first output, of any length. */
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

/** A vector of zeros is like nothing. */
function cosine(a: Float32Array, b: Float32Array): number {
  return dotProduct(a, b) / Math.sqrt(dotProduct(a, a) * dotProduct(b, b)) || 0;
}

function assertClose(similarities: readonly number[], name: string): void {
  const lowest = Math.min(...similarities);
  if (lowest >= LEAST_SIMILARITY) return;
  throw quantiseError(
    'QUANTISE_TOO_COARSE',
    `quantised, ${name} moves a face's embedding too far (cosine ${lowest.toFixed(4)}, at least ${LEAST_SIMILARITY} expected); keep the float32 pack, or give other photographs with --images`,
  );
}

/**
 * The float32 network's own known answers, for the quantised one: it must come as close to them as it did
 * here. The synthetic input is no face, so that is less close than it comes for faces.
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
    // Those of the float32 pack were measured with its own embeddings.
    normalisation: null,
    calibrations: [],
  };
}
