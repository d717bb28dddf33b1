import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface TfjsModel {
  /** The graph model's JSON and the one file of its weights. */
  readonly json: Uint8Array;
  readonly weights: Uint8Array;
}

/**
 * Runs a TF.js graph model, loaded by `tf.loadGraphModel`, on the WASM backend. Uses a separate thread, because
 * TF.js rejects typed arrays of Jest's sandbox.
 * @returns the output with this name
 */
export async function runTfjs(
  model: TfjsModel,
  input: { readonly data: Float32Array; readonly dims: readonly number[] },
  output: string,
): Promise<Float32Array> {
  const thread = new Worker(new URL('./run-tfjs.thread.js', import.meta.url), {
    workerData: { model, input, output },
  });
  const [message] = (await once(thread, 'message')) as [Float32Array];
  return message;
}
