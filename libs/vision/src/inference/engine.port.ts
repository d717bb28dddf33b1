import { type Precision } from '#shared/models/manifest.js';
import { type Batching } from './batch-plan.js';
import { type HeldResources } from './held-resources.js';

export const ENGINE_NAMES = ['onnxruntime', 'tensorflow'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** What a network can run on. */
export type Device = 'cpu' | 'cuda' | 'tensorrt' | 'webgpu';

/** What is asked for: see INFERENCE_DEVICE. */
export const ASKED_DEVICES = ['auto', 'cpu', 'gpu', 'cuda', 'tensorrt', 'webgpu'] as const;
export type AskedDevice = (typeof ASKED_DEVICES)[number];

/** What really runs a network, as found out by running it: never what was asked for. */
export interface EngineFacts {
  readonly engine: EngineName;
  /** Package, version, and the part of it that computes; for people. */
  readonly runtime: string;
  readonly device: Device;
  /** What the artifact computes in. */
  readonly precision: Precision;
}

/** One network on one runtime. */
export interface Engine {
  readonly facts: EngineFacts;
  readonly batching: Batching;
  readonly held: HeldResources;
  /**
   * Runs a batch. Blocks the calling thread, whatever the signature says.
   * @param input `batch` items, one after the other, in the network's own layout
   * @param batch a size that planBatches gives
   * @returns each output by name, `batch` items one after the other
   */
  run(input: Float32Array, batch: number): Promise<ReadonlyMap<string, Float32Array>>;
  close(): Promise<void>;
}
