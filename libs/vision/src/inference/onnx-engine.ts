import { InferenceSession, Tensor, env } from 'onnxruntime-node';
import { type NetworkInput } from '#models/packs/manifest.js';
import {
  type Device,
  gpuNotUsed,
  type AskedDevice,
  type Batching,
  type Engine,
  type EngineFacts,
  type OnnxArtifact,
} from './engine.port.js';
import { inputLength, inputShape } from './network-input.js';
import {
  PROVIDER_NAMES,
  PROVIDER_OPTIONS,
  DeviceProof,
  devicesToTry,
  isCudaInstalled,
} from './onnx-devices.js';

/** Number of profiled runs. The first one compiles kernels. */
const PROVING_RUNS = 2;

/** A network on ONNX Runtime, on the CPU or on a GPU that provably runs it. */
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
   * @param threads number of threads that one run uses
   * @throws PipelineError GPU_NOT_USED when the settings require a GPU and none runs the network
   */
  static async open(
    { file, precision }: OnnxArtifact,
    input: NetworkInput,
    asked: AskedDevice,
    threads: number,
  ): Promise<OnnxEngine> {
    const hasCuda = isCudaInstalled();
    const version = `onnxruntime-node ${env.versions.node ?? ''}`;
    const failures: string[] = [];
    for (const device of devicesToTry(asked, hasCuda)) {
      try {
        const { session, found } = await openSession(file, input, device, threads);
        const runtime = [version, found, ...failures].join('; ');
        return new OnnxEngine(session, input, {
          engine: 'onnxruntime',
          runtime,
          device,
          precision,
        });
      } catch (error) {
        if (device === 'cpu') throw error;
        failures.push(`${device}: ${(error as Error).message.trim()}`);
      }
    }
    const providers = `its CUDA provider is ${hasCuda ? '' : 'not '}installed`;
    throw gpuNotUsed(asked, [`${version} (${providers})`, ...failures]);
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

interface OpenedSession {
  readonly session: InferenceSession;
  /** What runs the network, for people. */
  readonly found: string;
}

/**
 * Opens a network on one device.
 * @param threads number of threads that one run uses
 * @throws Error of the runtime, or when the device does not actually run the network
 */
async function openSession(
  file: string,
  input: NetworkInput,
  device: Device,
  threads: number,
): Promise<OpenedSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: PROVIDER_OPTIONS[device],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // A memory plan per batch size needs 50 % more memory and is not faster (measured).
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
  if (device === 'cpu') {
    const session = await InferenceSession.create(file, options);
    return { session, found: PROVIDER_NAMES.cpu };
  }
  const proof = await DeviceProof.prepare();
  try {
    const session = await InferenceSession.create(file, { ...options, ...proof.sessionOptions });
    try {
      const item = new Float32Array(inputLength(input));
      for (let i = 0; i < PROVING_RUNS; i++) await runSession(session, input, item, 1);
      session.endProfiling();
      return { session, found: await proof.verify(device) };
    } catch (error) {
      await session.release();
      throw error;
    }
  } finally {
    await proof.remove();
  }
}

/** @returns each output by name */
async function runSession(
  session: InferenceSession,
  input: NetworkInput,
  values: Float32Array,
  batch: number,
): Promise<ReadonlyMap<string, Float32Array>> {
  const outputs = await session.run({
    [session.inputNames[0]!]: new Tensor('float32', values, [batch, ...inputShape(input)]),
  });
  return new Map(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
}
