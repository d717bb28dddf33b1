import { availableParallelism } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type FloatTensor } from './onnx-tensors.js';

// Loads the network, sends 'ready', then answers one input after the other with all outputs.
const port = parentPort!;
const session = await InferenceSession.create(workerData as Uint8Array, {
  executionProviders: ['cpu'],
  intraOpNumThreads: availableParallelism(),
  logSeverityLevel: 3,
});

async function run({ data, dims }: FloatTensor): Promise<Map<string, FloatTensor>> {
  const outputs = await session.run({
    [session.inputNames[0]!]: new Tensor('float32', data, dims),
  });
  const answer = new Map<string, FloatTensor>();
  for (const [name, { data, dims }] of Object.entries(outputs)) {
    if (data instanceof Float32Array) answer.set(name, { data, dims });
  }
  return answer;
}

port.on('message', (input: FloatTensor) => {
  void run(input).then((answer) => port.postMessage(answer));
});
port.postMessage('ready');
