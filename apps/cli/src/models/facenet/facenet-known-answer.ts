import { type EmbeddingManifest } from '#shared/models/manifest.js';
import { knownAnswerInput } from '#vision/models/known-answer.js';
import { askThread } from '../ask-thread.js';
import { FACENET_INPUT } from './facenet-input.js';
import { kerasError } from './keras-error.js';
import { type KerasWeights } from './keras-weights.js';
import { type Network } from './network.js';
import { type ReferenceRequest } from './reference-forward.thread.js';
import { OUTPUT } from './write-onnx.js';

/** 100 times what it takes on one core. */
const TIMEOUT_MS = 300_000;

const THREAD = new URL('./reference-forward.thread.js', import.meta.url);

/**
 * The answer that a pack of these weights must give, computed without any of what the converters do.
 * @throws PipelineError KERAS_FILE_INVALID when the weights give none
 */
export async function facenetKnownAnswer(
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
