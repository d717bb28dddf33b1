import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession } from 'onnxruntime-node';

const { network, file } = workerData as { network: Uint8Array; file: string };
await InferenceSession.create(network, {
  optimizedModelFilePath: file,
  // It warns that the file is for this CPU only.
  logSeverityLevel: 3,
});
parentPort!.postMessage('written');
