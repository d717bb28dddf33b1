import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type OnnxAnswers, type TensorValue } from './run-onnx.js';

const { network, inputs } = workerData as { network: Uint8Array; inputs: TensorValue[] };
const session = await InferenceSession.create(network);
const [input] = session.inputMetadata;
if (!input?.isTensor) throw new Error('the network takes no tensor');

const answers = [];
for (const { data, dims } of inputs) {
  const outputs = await session.run({ [input.name]: new Tensor('float32', data, dims) });
  const values = session.outputNames.map((name) => {
    const { data, dims } = outputs[name]!;
    return [name, { data: data as Float32Array, dims }] as const;
  });
  answers.push(Object.fromEntries(values));
}
const result: OnnxAnswers = { input: { name: input.name, shape: input.shape }, answers };
parentPort!.postMessage(result);
