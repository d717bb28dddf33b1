import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession } from 'onnxruntime-node';

const { network, file } = workerData as { network: Uint8Array; file: string };
await InferenceSession.create(network, {
  optimizedModelFilePath: file,
  // The runtime warns that the file works only on this CPU.
  logSeverityLevel: 3,
});
parentPort!.postMessage('written');
