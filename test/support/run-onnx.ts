import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface TensorValue {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Name and shape of a network's first input. Variable dimensions are names. */
export interface OnnxInput {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxAnswers {
  readonly input: OnnxInput;
  /** Outputs by name, for each input. */
  readonly answers: readonly Readonly<Record<string, TensorValue>>[];
}

/**
 * Runs a network with one input on each of `inputs`. Uses a separate thread, because the runtime rejects typed
 * arrays of Jest's sandbox.
 */
export async function runOnnx(
  network: Uint8Array,
  inputs: readonly TensorValue[],
): Promise<OnnxAnswers> {
  const thread = new Worker(new URL('./run-onnx.thread.js', import.meta.url), {
    workerData: { network, inputs },
  });
  const [message] = (await once(thread, 'message')) as [OnnxAnswers];
  return message;
}
