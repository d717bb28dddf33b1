import type * as TensorFlow from '@tensorflow/tfjs';
import { type NetworkInput } from '#shared/models/manifest.js';
import { type Batching } from './batch-plan.js';
import { gpuNotUsed, tensorflowUnavailable } from './engine-errors.js';
import { type AskedDevice, type Engine, type EngineFacts } from './engine.port.js';
import { inputShape } from './fill-input.js';
import { type TensorflowArtifact } from './network-artifact.js';
import { readGraph } from './tensorflow-graph.js';
import { loadTensorflow } from './tensorflow-package.js';

/** A TF.js graph model on whichever build of TensorFlow.js is installed. */
export class TensorflowEngine implements Engine {
  readonly batching: Batching;
  /** Made since the model began to load and not disposed of: its weights, and whatever leaks. */
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

  /** @throws PipelineError TENSORFLOW_UNAVAILABLE, or GPU_NOT_USED when a GPU was asked for */
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
      throw gpuNotUsed(asked, [`${description}: TensorFlow sees no GPU`]);
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
