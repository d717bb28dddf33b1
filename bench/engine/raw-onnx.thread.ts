import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { lowerPriority } from '#vision/inference/network-runner.js';

export interface RawSetup {
  readonly file: string;
  /** Shape of a batch. */
  readonly dims: readonly number[];
  readonly intraOp: number;
}

// Runs ONNX Runtime alone, with the same batch each time. Has the priority of the embedder's threads, so that other
// processes on the machine slow down both equally.
lowerPriority();
const { file, dims, intraOp } = workerData as RawSetup;
const session = await InferenceSession.create(file, {
  intraOpNumThreads: intraOp,
  interOpNumThreads: 1,
});
const length = dims.reduce((product, size) => product * size, 1);
const values = Float32Array.from({ length }, (_, index) => Math.sin(index));
const feeds = { [session.inputNames[0]!]: new Tensor('float32', values, dims) };
await session.run(feeds);

parentPort!.on('message', (batches: number) => {
  void (async () => {
    for (let i = 0; i < batches; i++) await session.run(feeds);
    parentPort!.postMessage('done');
  })();
});
parentPort!.postMessage('ready');
