import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { type TfjsModel } from './run-tfjs.js';

const { model, input, output } = workerData as {
  model: TfjsModel;
  input: { data: Float32Array; dims: number[] };
  output: string;
};
const backend = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
setWasmPaths(`${path.dirname(backend)}/`);
await tf.setBackend('wasm');

const json = JSON.parse(Buffer.from(model.json).toString()) as tf.io.ModelJSON;
// Copied, because the buffers of small files are shared.
const weights = new Uint8Array(model.weights).buffer;
const graph = await tf.loadGraphModel({
  load: () =>
    tf.io.getModelArtifactsForJSON(json, (manifest) =>
      Promise.resolve([manifest.flatMap((group) => group.weights), weights]),
    ),
});
const answer = graph.execute(
  { [graph.inputs[0]!.name]: tf.tensor(input.data, input.dims) },
  output,
);
parentPort!.postMessage(await (answer as tf.Tensor).data());
