import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type NetworkInput } from '#shared/models/manifest.js';
import { type Device } from './engine.port.js';
import { inputLength, inputShape } from './fill-input.js';
import { PROVIDER_NAMES, PROVIDER_OPTIONS } from './onnx-devices.js';
import { DeviceProof } from './onnx-verify-device.js';

/** Runs that prove where a network is computed: the first compiles. */
const PROVING_RUNS = 2;

export interface OpenedSession {
  readonly session: InferenceSession;
  /** What computes the network, for people. */
  readonly found: string;
}

/**
 * Opens a network on one device.
 * @param threads threads that one run spreads over
 * @throws Error in the runtime's words, or when the device does not really run the network
 */
export async function openSession(
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
export async function runSession(
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
