import { env, type InferenceSession } from 'onnxruntime-node';
import { type NetworkInput } from '#shared/models/manifest.js';
import { type Batching } from './batch-plan.js';
import { gpuNotUsed } from './engine-errors.js';
import { type AskedDevice, type Engine, type EngineFacts } from './engine.port.js';
import { type OnnxArtifact } from './network-artifact.js';
import { devicesToTry, isCudaInstalled } from './onnx-devices.js';
import { openSession, runSession } from './onnx-session.js';

/** ONNX Runtime, on the CPU or on a GPU that it proved to use. */
export class OnnxEngine implements Engine {
  readonly batching: Batching;
  private closed = false;

  private constructor(
    private readonly session: InferenceSession,
    private readonly input: NetworkInput,
    readonly facts: EngineFacts,
  ) {
    this.batching = facts.device === 'cpu' ? 'split' : 'pad';
  }

  /**
   * @param threads threads that one run spreads over
   * @throws PipelineError GPU_NOT_USED when a GPU was asked for and none runs the network
   */
  static async open(
    { file, precision }: OnnxArtifact,
    input: NetworkInput,
    asked: AskedDevice,
    threads: number,
  ): Promise<OnnxEngine> {
    const hasCuda = isCudaInstalled();
    const version = `onnxruntime-node ${env.versions.node ?? ''}`;
    const refusals: string[] = [];
    for (const device of devicesToTry(asked, hasCuda)) {
      try {
        const { session, found } = await openSession(file, input, device, threads);
        const runtime = [version, found, ...refusals].join('; ');
        return new OnnxEngine(session, input, {
          engine: 'onnxruntime',
          runtime,
          device,
          precision,
        });
      } catch (error) {
        if (device === 'cpu') throw error;
        refusals.push(`${device}: ${(error as Error).message.trim()}`);
      }
    }
    const providers = `its CUDA provider is ${hasCuda ? '' : 'not '}installed`;
    throw gpuNotUsed(asked, [`${version} (${providers})`, ...refusals]);
  }

  get held() {
    return { sessions: this.closed ? 0 : 1, tensors: 0 };
  }

  run(values: Float32Array, batch: number): Promise<ReadonlyMap<string, Float32Array>> {
    return runSession(this.session, this.input, values, batch);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.session.release();
  }
}
