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

/** Runs that prove where a network is computed: the first compiles. */
const PROVING_RUNS = 2;

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

interface OpenedSession {
  readonly session: InferenceSession;
  /** What computes the network, for people. */
  readonly found: string;
}

/**
 * Opens a network on one device.
 * @param threads threads that one run spreads over
 * @throws Error in the runtime's words, or when the device does not really run the network
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
    // A plan per batch size costs memory (measured: half as much again) and no time is won by it.
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
