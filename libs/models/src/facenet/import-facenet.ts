/** Converts a FaceNet in Keras' .h5 format to the files of a pack. */
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

/** Input of both artifacts, in TensorFlow's layout. The ONNX graph transposes it itself. */
export const FACENET_INPUT: NetworkInput = {
  width: 160,
  height: 160,
  channels: 'rgb',
  layout: 'nhwc',
  mean: 127.5,
  std: 128,
};

/** Numbers per embedding of the published versions of FaceNet. */
const DIMENSIONS = [128, 512] as const;

const WEIGHTS_FILE = 'embed.bin';

/** 100 times the duration on one core. */
const TIMEOUT_MS = 300_000;

const THREAD = new URL('./reference-forward.thread.js', import.meta.url);

export interface ImportedFacenet {
  readonly dimension: (typeof DIMENSIONS)[number];
  /** Name and sha256 of the imported file. */
  readonly source: string;
  /** Bytes of the artifacts by file name. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly artifacts: EmbeddingManifest['artifacts'];
  readonly knownAnswers: EmbeddingManifest['knownAnswers'];
}

interface FacenetSource {
  /** Path of a .h5 file with weights only or with a full model. */
  readonly weights: string;
  /** Path of the model.json that belongs to it, which is only checked. */
  readonly architecture?: string | undefined;
}

/**
 * Reads weights from a Keras file, checks them against the network, and writes an ONNX file and a TF.js
 * graph model. The same file always gives the same bytes.
 * @throws PipelineError KERAS_FILE_INVALID, KERAS_FILE_UNSUPPORTED, KERAS_LAYOUT_MISMATCH or
 *   KERAS_ARCHITECTURE_MISMATCH, with the first problem
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

/** A function of its own so that the tensors of the Keras file, 94 MB, are freed when it returns. */
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
 * The known answer for these weights, computed independently of the converters.
 * @throws PipelineError KERAS_FILE_INVALID when the weights give no valid embedding
 */
async function facenetKnownAnswer(
  network: Network,
  weights: KerasWeights,
): Promise<EmbeddingManifest['knownAnswers'][number]> {
  const request: ReferenceRequest = { network, weights, input: knownAnswerInput(FACENET_INPUT) };
  const answer = await askThread<Float64Array>(THREAD, request, { timeoutMs: TIMEOUT_MS });
  const norm = Math.hypot(...answer);
  if (!(norm > 0 && norm < Infinity)) {
    const message = `with these weights the network returns an embedding with norm ${norm}`;
    throw kerasError('KERAS_FILE_INVALID', message);
  }
  const unit = Float32Array.from(answer, (value) => value / norm);
  const output = Buffer.from(unit.buffer).toString('base64');
  return { role: 'embed', outputName: OUTPUT, every: 1, output, minCosine: 0.9999 };
}
