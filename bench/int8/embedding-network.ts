import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type NetworkInput } from '#models/packs/manifest.js';
import { batchOf } from '#models/quantise/observe-values.js';
import { inputShape } from '#vision/inference/network-input.js';
import { disableTelemetry } from '#vision/inference/inference-thread-client.js';
import { unitVector } from '#vision/inference/network-runner.js';

const BATCH = 8;

/** A network on all cores, with the session settings of the pipeline. */
export class EmbeddingNetwork {
  private constructor(
    private readonly session: InferenceSession,
    private readonly input: NetworkInput,
  ) {}

  static async open(network: Uint8Array, input: NetworkInput): Promise<EmbeddingNetwork> {
    disableTelemetry();
    const session = await InferenceSession.create(network, {
      executionProviders: ['cpu'],
      intraOpNumThreads: availableParallelism(),
      interOpNumThreads: 1,
      enableMemPattern: false,
      logSeverityLevel: 3,
    });
    return new EmbeddingNetwork(session, input);
  }

  /** @returns embeddings one after the other, not of unit norm */
  async run(faces: readonly Float32Array[]): Promise<Float32Array> {
    const { data, dims } = batchOf(faces, inputShape(this.input));
    const outputs = await this.session.run({
      [this.session.inputNames[0]!]: new Tensor('float32', data, dims),
    });
    return outputs[this.session.outputNames[0]!]!.data as Float32Array;
  }

  /** Unit vectors. */
  async embed(faces: readonly Float32Array[]): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    for (let from = 0; from < faces.length; from += BATCH) {
      const part = faces.slice(from, from + BATCH);
      const data = await this.run(part);
      const length = data.length / part.length;
      for (let at = 0; at < data.length; at += length) {
        vectors.push(unitVector(data.subarray(at, at + length)));
      }
    }
    return vectors;
  }
}
