import type * as TensorFlow from '@tensorflow/tfjs';
import { type io } from '@tensorflow/tfjs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type NetworkInput } from '#models/packs/manifest.js';
import {
  type TensorflowArtifact,
  gpuNotUsed,
  tensorflowUnavailable,
  type AskedDevice,
  type Batching,
  type Engine,
  type EngineFacts,
} from './engine.port.js';
import { inputShape } from './network-input.js';
import { loadTensorflow } from './tensorflow-runtime.js';

/** A TF.js graph model on an installed build of TensorFlow.js. */
export class TensorflowEngine implements Engine {
  readonly batching: Batching;
  /** Tensors that were created since loading started and not disposed: the weights, plus any leak. */
  private tensors = 0;
  private closed = false;

  private constructor(
    private readonly tf: typeof TensorFlow,
    private readonly model: TensorFlow.GraphModel,
    private readonly input: NetworkInput,
    readonly facts: EngineFacts,
  ) {
    this.batching = facts.device === 'cpu' ? 'split' : 'pad';
  }

  /** @throws PipelineError TENSORFLOW_UNAVAILABLE, or GPU_NOT_USED when the settings require a GPU */
  static async open(
    artifact: TensorflowArtifact,
    input: NetworkInput,
    asked: AskedDevice,
  ): Promise<TensorflowEngine> {
    const { tf, description, onGpu } = await loadTensorflow(artifact.runtime).catch(
      (error: unknown) => {
        throw tensorflowUnavailable([`${artifact.runtime.package}: ${(error as Error).message}`]);
      },
    );
    if (!onGpu && asked !== 'auto' && asked !== 'cpu') {
      throw gpuNotUsed(asked, [`${description}: TensorFlow finds no GPU`]);
    }
    const before = tf.memory().numTensors;
    const model = await tf.loadGraphModel(await readGraph(artifact));
    const engine = new TensorflowEngine(tf, model, input, {
      engine: 'tensorflow',
      runtime: description,
      device: onGpu ? 'cuda' : 'cpu',
      precision: artifact.precision,
    });
    engine.tensors = tf.memory().numTensors - before;
    return engine;
  }

  get held() {
    return { sessions: this.closed ? 0 : 1, tensors: this.tensors };
  }

  async run(values: Float32Array, batch: number): Promise<ReadonlyMap<string, Float32Array>> {
    const { tf, model } = this;
    const before = tf.memory().numTensors;
    const names = model.outputNodes;
    const input = tf.tensor(values, [batch, ...inputShape(this.input)], 'float32');
    let outputs: TensorFlow.Tensor[] = [];
    try {
      const results = model.execute({ [model.inputNodes[0]!]: input }, names);
      outputs = Array.isArray(results) ? results : [results];
      const data = await Promise.all(outputs.map((output) => output.data<'float32'>()));
      return new Map(names.map((name, index) => [name, data[index]!]));
    } finally {
      tf.dispose([input, ...outputs]);
      this.tensors += tf.memory().numTensors - before;
    }
  }

  close(): Promise<void> {
    this.closed = true;
    const before = this.tf.memory().numTensors;
    this.model.dispose();
    this.tensors += this.tf.memory().numTensors - before;
    return Promise.resolve();
  }
}

/** A TF.js graph model as written by tensorflowjs_converter. The runtime validates the graph itself. */
const graphSchema = z.object({
  format: z.literal('graph-model'),
  modelTopology: z.looseObject({ node: z.array(z.unknown()) }),
  signature: z.looseObject({}).optional(),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(
        z.looseObject({ name: z.string(), shape: z.array(z.number().int()), dtype: z.string() }),
      ),
    }),
  ),
});

/**
 * Reads the files of a graph model for tf.loadGraphModel. Only the TF.js packages for Node can read
 * files themselves.
 * @throws Error when the JSON is not a graph model or names a file that does not belong to the artifact
 */
async function readGraph(artifact: TensorflowArtifact): Promise<io.IOHandler> {
  const graph = graphSchema.parse(JSON.parse(await readFile(artifact.file, 'utf8')));
  const weightData: ArrayBuffer[] = [];
  for (const name of graph.weightsManifest.flatMap(({ paths }) => paths)) {
    const file = artifact.weights.find((candidate) => path.basename(candidate) === name);
    if (file === undefined) {
      throw new Error(
        `${artifact.file} takes weights from ${name}, which is not a file of its pack`,
      );
    }
    weightData.push(toArrayBuffer(await readFile(file)));
  }
  const artifacts: io.ModelArtifacts = {
    format: graph.format,
    modelTopology: graph.modelTopology,
    weightSpecs: graph.weightsManifest.flatMap(
      ({ weights }) => weights as unknown as io.WeightsManifestEntry[],
    ),
    weightData,
    ...(graph.signature && { signature: graph.signature }),
  };
  return { load: () => Promise.resolve(artifacts) };
}

/** Copies the bytes only if they do not fill their buffer. Those of large files do. */
function toArrayBuffer({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  const whole = byteOffset === 0 && byteLength === buffer.byteLength;
  return (whole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer;
}
