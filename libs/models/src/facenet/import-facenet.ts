import { createHash } from 'node:crypto';
import path from 'node:path';
import { knownAnswerInput } from '#vision/packs/known-answer.js';
import { askThread } from '../ask-thread.js';
import { type NetworkInput, type EmbeddingManifest } from '../packs/manifest.js';
import { foldNetwork } from './fold-network.js';
import { inceptionResnetV1 } from './inception-resnet-v1.js';
import { checkArchitectureFile, checkArchitecture } from './keras-architecture.js';
import { kerasError, type KerasWeights } from './keras-weights.js';
import { type Network } from './network.js';
import { readKerasWeights } from './read-keras-weights.js';
import { type ReferenceRequest } from './reference-forward.thread.js';
import { OUTPUT, writeOnnx } from './write-onnx.js';
import { writeTfjsGraph } from './write-tfjs-graph.js';

/** As TensorFlow lays pictures out, for both artifacts: the ONNX graph transposes by itself. */
export const FACENET_INPUT: NetworkInput = {
  width: 160,
  height: 160,
  channels: 'rgb',
  layout: 'nhwc',
  mean: 127.5,
  std: 128,
};

/** Lengths of the embeddings that FaceNet was published with. */
const DIMENSIONS = [128, 512] as const;

const WEIGHTS_FILE = 'embed.bin';

/** 100 times what it takes on one core. */
const TIMEOUT_MS = 300_000;

const THREAD = new URL('./reference-forward.thread.js', import.meta.url);

export interface ImportedFacenet {
  readonly dimension: (typeof DIMENSIONS)[number];
  /** Name and sha256 of the file that was imported. */
  readonly source: string;
  /** The artifacts' bytes by file name. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly artifacts: EmbeddingManifest['artifacts'];
  readonly knownAnswers: EmbeddingManifest['knownAnswers'];
}

interface FacenetSource {
  /** A .h5 file, of weights alone or of a full model. */
  readonly weights: string;
  /** The model.json that came with it; it is only checked. */
  readonly architecture?: string | undefined;
}

/**
 * FaceNet from Keras: reads the weights, checks them against the network and writes them as ONNX and as
 * a TF.js graph model. The same file gives the same bytes.
 * @throws PipelineError KERAS_FILE_INVALID, KERAS_FILE_UNSUPPORTED, KERAS_LAYOUT_MISMATCH or
 * KERAS_ARCHITECTURE_MISMATCH, which names the first thing that does not fit
 */
export async function importFacenet(source: FacenetSource): Promise<ImportedFacenet> {
  const { folded, sha256, knownAnswer } = await readFolded(source);
  const onnx = writeOnnx(folded);
  const tfjs = writeTfjsGraph(folded, WEIGHTS_FILE);
  const artifacts = [
    { file: 'embed.onnx', format: 'onnx', bytes: onnx },
    { file: 'embed.json', format: 'tfjs', bytes: tfjs.json },
    { file: WEIGHTS_FILE, format: 'tfjs-weights', bytes: tfjs.weights },
  ] as const;
  return {
    dimension: DIMENSIONS.find((dimension) => dimension === folded.dimension)!,
    source: `${path.basename(source.weights)}, sha256 ${sha256}`,
    files: new Map(artifacts.map(({ file, bytes }) => [file, bytes])),
    artifacts: artifacts.map(({ file, format, bytes }) => ({
      file,
      role: 'embed',
      format,
      precision: 'float32',
      sha256: createHash('sha256').update(bytes).digest('hex'),
    })),
    knownAnswers: [knownAnswer],
  };
}

/** Keras' own tensors, 94 MB, are let go here. */
async function readFolded(source: FacenetSource) {
  const file = path.basename(source.weights);
  const candidates = DIMENSIONS.map(inceptionResnetV1);
  const { network, weights, modelConfig, sha256 } = await readKerasWeights(
    source.weights,
    candidates,
  );
  if (modelConfig !== null) checkArchitecture(modelConfig, network, file);
  if (source.architecture !== undefined) await checkArchitectureFile(source.architecture, network);
  const knownAnswer = await facenetKnownAnswer(network, weights);
  return { folded: foldNetwork(network, weights), sha256, knownAnswer };
}

/**
 * The answer that a pack of these weights must give, computed without any of what the converters do.
 * @throws PipelineError KERAS_FILE_INVALID when the weights give none
 */
async function facenetKnownAnswer(
  network: Network,
  weights: KerasWeights,
): Promise<EmbeddingManifest['knownAnswers'][number]> {
  const request: ReferenceRequest = { network, weights, input: knownAnswerInput(FACENET_INPUT) };
  const answer = await askThread<Float64Array>(THREAD, request, { timeoutMs: TIMEOUT_MS });
  const norm = Math.hypot(...answer);
  if (!(norm > 0 && norm < Infinity)) {
    const message = `with these weights the network gives an embedding of length ${norm}`;
    throw kerasError('KERAS_FILE_INVALID', message);
  }
  const unit = Float32Array.from(answer, (value) => value / norm);
  const output = Buffer.from(unit.buffer).toString('base64');
  return { role: 'embed', outputName: OUTPUT, every: 1, output, minCosine: 0.9999 };
}
