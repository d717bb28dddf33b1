import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { disableTelemetry } from '#vision/inference/inference-thread-client.js';
import { type RawSetup } from './raw-onnx.thread.js';

const THREAD = new URL('./raw-onnx.thread.js', import.meta.url);

/** An .onnx file on ONNX Runtime alone, in threads of its own. */
export class RawOnnx {
  private constructor(private readonly threads: readonly Worker[]) {}

  static async open(setup: RawSetup, count: number): Promise<RawOnnx> {
    disableTelemetry();
    const threads = Array.from({ length: count }, () => new Worker(THREAD, { workerData: setup }));
    await Promise.all(threads.map((thread) => once(thread, 'message')));
    return new RawOnnx(threads);
  }

  /** Runs `batches` batches in each thread, all threads at once. */
  async run(batches: number): Promise<void> {
    await Promise.all(
      this.threads.map((thread) => {
        const done = once(thread, 'message');
        thread.postMessage(batches);
        return done;
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}
