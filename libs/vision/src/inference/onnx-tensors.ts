import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { inferenceError } from './engine.port.js';
import { refuseTelemetry } from './inference-thread-client.js';

export interface FloatTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

const THREAD = new URL('./onnx-tensors.thread.js', import.meta.url);

/**
 * A network of one input, from memory, through ONNX Runtime on all cores of the CPU, in a thread of its
 * own: to look into a network, not to serve one.
 */
export class OnnxTensors {
  private constructor(private readonly thread: Worker) {}

  /** @throws PipelineError INFERENCE_FAILED when the runtime refuses the network */
  static async open(network: Uint8Array): Promise<OnnxTensors> {
    refuseTelemetry();
    const thread = new Worker(THREAD, { workerData: network });
    await nextMessage(thread);
    return new OnnxTensors(thread);
  }

  /**
   * One run at a time.
   * @returns every float32 output of the network by name
   * @throws PipelineError INFERENCE_FAILED; the network is then closed
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
    throw inferenceError('INFERENCE_FAILED', error instanceof Error ? error.message : 'it ended');
  }
}
