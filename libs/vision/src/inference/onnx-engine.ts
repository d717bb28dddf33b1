import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type NetworkInput } from '#shared/models/manifest.js';
import { batchSizes } from './batch-sizes.js';
import { type Engine, type EngineFacts } from './engine.port.js';
import { inputLength } from './fill-input.js';

/** ONNX Runtime on CPU. */
export class OnnxEngine implements Engine {
  readonly facts: EngineFacts = { engine: 'onnxruntime', device: 'cpu', precision: 'float32' };

  private constructor(
    private readonly session: InferenceSession,
    private readonly input: NetworkInput,
  ) {}

  /** @param threads threads that one run spreads over */
  static async open(file: string, input: NetworkInput, threads: number): Promise<OnnxEngine> {
    const session = await InferenceSession.create(file, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // A plan per batch size costs memory (measured: half as much again) and no time is won by it.
      enableMemPattern: false,
      logSeverityLevel: 3,
    });
    return new OnnxEngine(session, input);
  }

  async run(input: Float32Array, batch: number): Promise<ReadonlyMap<string, Float32Array>> {
    const length = inputLength(this.input);
    const parts = new Map<string, Float32Array[]>();
    let done = 0;
    for (const size of batchSizes(batch)) {
      const outputs = await this.runOnce(
        input.subarray(done * length, (done + size) * length),
        size,
      );
      for (const [name, values] of outputs) parts.set(name, [...(parts.get(name) ?? []), values]);
      done += size;
    }
    return new Map([...parts].map(([name, values]) => [name, concatenate(values)]));
  }

  async close(): Promise<void> {
    await this.session.release();
  }

  private async runOnce(values: Float32Array, batch: number): Promise<[string, Float32Array][]> {
    const { width, height, channels, layout } = this.input;
    const depth = channels === 'grey' ? 1 : 3;
    const shape = layout === 'nchw' ? [depth, height, width] : [height, width, depth];
    const feeds = {
      [this.session.inputNames[0]!]: new Tensor('float32', values, [batch, ...shape]),
    };
    const outputs = await this.session.run(feeds);
    return Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]);
  }
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
