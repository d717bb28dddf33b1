import { parentPort, workerData } from 'node:worker_threads';
import { OnnxEngine } from '#vision/inference/onnx-engine.js';
import { type NetworkAnswer, type NetworkRequest } from './run-network.js';

const { file, input, batches } = workerData as NetworkRequest;
const artifact = { format: 'onnx', file, precision: 'float32' } as const;
const engine = await OnnxEngine.open(artifact, input, 'cpu', 1);
const answers: NetworkAnswer[] = [];
for (const { values, count } of batches) {
  answers.push(
    await engine.run(values, count).then(
      (outputs) => ({ outputs }),
      (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }),
    ),
  );
}
await engine.close();
parentPort!.postMessage(answers);
