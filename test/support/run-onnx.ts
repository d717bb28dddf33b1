import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface TensorValue {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** Name, and shape where it is fixed, of a network's first input. */
export interface OnnxInput {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxAnswers {
  readonly input: OnnxInput;
  /** Per input: output name → value. */
  readonly answers: readonly Readonly<Record<string, TensorValue>>[];
}

/**
 * Runs a network of one input on each of `inputs`. In a thread of its own, because the runtime takes no
 * typed array of Jest's sandbox for one of its own.
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
