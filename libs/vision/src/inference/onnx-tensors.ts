import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { inferenceError } from './engine.port.js';
import { disableTelemetry } from './inference-thread-client.js';

export interface FloatTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

const THREAD = new URL('./onnx-tensors.thread.js', import.meta.url);

/**
 * Runs a network with one input, given as bytes, with ONNX Runtime on all cores of the CPU, in its own
 * thread. For inspecting networks, not for serving.
 */
export class OnnxTensors {
  private constructor(private readonly thread: Worker) {}

  /** @throws PipelineError INFERENCE_FAILED when the runtime cannot load the network */
  static async open(network: Uint8Array): Promise<OnnxTensors> {
    disableTelemetry();
    const thread = new Worker(THREAD, { workerData: network });
    await nextMessage(thread);
    return new OnnxTensors(thread);
  }

  /**
   * Do not call it again before the previous run has ended.
   * @returns every float32 output of the network by name
   * @throws PipelineError INFERENCE_FAILED; then the network is closed
   */
  async run(input: FloatTensor): Promise<ReadonlyMap<string, FloatTensor>> {
    this.thread.postMessage(input);
    return (await nextMessage(this.thread)) as ReadonlyMap<string, FloatTensor>;
  }

  async close(): Promise<void> {
    await this.thread.terminate();
  }
}

async function nextMessage(thread: Worker): Promise<unknown> {
  try {
    const [message] = (await once(thread, 'message')) as [unknown];
    return message;
  } catch (error) {
    throw inferenceError(
      'INFERENCE_FAILED',
      error instanceof Error ? error.message : 'the thread ended',
    );
  }
}
