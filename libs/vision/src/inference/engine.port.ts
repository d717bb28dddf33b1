import { type Precision } from '#models/packs/manifest.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** What an engine keeps between runs; what grows leaks. */
export interface HeldResources {
  readonly sessions: number;
  /** Of TensorFlow; ONNX Runtime keeps none that could be counted. */
  readonly tensors: number;
}

export function sumHeld(all: readonly HeldResources[]): HeldResources {
  return {
    sessions: all.reduce((sum, { sessions }) => sum + sessions, 0),
    tensors: all.reduce((sum, { tensors }) => sum + tensors, 0),
  };
}

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

/**
 * How a batch is divided into the few batch sizes that engines see (batch-buckets.ts).
 * - `split`: exact. 13 items run as 8, 4 and 1. A CPU would compute padding at full cost.
 * - `pad`: one run. 13 items run as 16, and 3 results are thrown away. A GPU has capacity to spare.
 */
export type Batching = 'split' | 'pad';

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

interface Artifact {
  /** What it computes in. */
  readonly precision: Precision;
  /** Path. */
  readonly file: string;
}

export interface OnnxArtifact extends Artifact {
  readonly format: 'onnx';
}

/** A TF.js graph model: its JSON, and the files its weights lie in. */
export interface TensorflowArtifact extends Artifact {
  readonly format: 'tfjs';
  readonly weights: readonly string[];
  readonly runtime: TensorflowRuntime;
}

/** A network's files, and with them the engine that runs it. */
export type NetworkArtifact = OnnxArtifact | TensorflowArtifact;

export const TENSORFLOW_BACKENDS = ['tensorflow', 'wasm', 'cpu'] as const;
export type TensorflowBackend = (typeof TENSORFLOW_BACKENDS)[number];

/** Which build of TensorFlow.js, and which of its backends: the native library, WebAssembly or JavaScript. */
export interface TensorflowRuntime {
  /** Package name or path. */
  readonly package: string;
  readonly backend: TensorflowBackend;
}

const WHAT_TO_DO: Readonly<Partial<Record<AskedDevice, string>>> = {
  cuda: 'give the process an NVIDIA GPU and the CUDA libraries that the runtime was built for (onnxruntime-node 1.30: CUDA 12 and cuDNN 9, and onnxruntime-node-install=cuda12 in .npmrc when it is installed; @tensorflow/tfjs-node-gpu 4.22: CUDA 11.2 and cuDNN 8.1), or set INFERENCE_DEVICE=cpu or auto',
  tensorrt:
    'give the process an NVIDIA GPU, CUDA 12 and TensorRT 10, and onnxruntime-node-install=cuda12 in .npmrc when onnxruntime-node is installed, or set INFERENCE_DEVICE=cuda or cpu',
  webgpu:
    'give the process a GPU with a Vulkan driver (libvulkan.so.1, its device files), or set INFERENCE_DEVICE=cpu or auto',
};
const ANY_GPU =
  'give the process a GPU whose driver and libraries the runtime finds, or set INFERENCE_DEVICE=cpu or auto';

/**
 * A GPU was asked for and does not run the networks: the service must not start to work on the CPU.
 * @param reasons what was tried and the runtime's own words on it
 */
export function gpuNotUsed(asked: AskedDevice, reasons: readonly string[]): PipelineError {
  return new PipelineError(
    'GPU_NOT_USED',
    `INFERENCE_DEVICE=${asked} asks for a GPU, but none runs the networks: ${reasons.join('; ')}. To mend it ${WHAT_TO_DO[asked] ?? ANY_GPU}; then start the service again`,
    { stage: 'models', class: 'quarantine', httpStatus: 503, details: { asked, reasons } },
  );
}

/** @param reasons each package that was tried, and why it does not load */
export function tensorflowUnavailable(reasons: readonly string[]): PipelineError {
  return new PipelineError(
    'TENSORFLOW_UNAVAILABLE',
    `TensorFlow does not load: ${reasons.join('; ')}. Install it beside Sightline (npm install @tensorflow/tfjs-node@4.22, or @tensorflow/tfjs-node-gpu@4.22 with CUDA 11.2 and cuDNN 8.1; both download a native library), name another package in TENSORFLOW_PACKAGE, set TENSORFLOW_BACKEND=wasm, or set INFERENCE_ENGINE=onnxruntime; then start the service again`,
    { stage: 'models', class: 'quarantine', httpStatus: 503, details: { reasons } },
  );
}

/** Whether this machine lacks what the settings ask for, as opposed to wrong settings or a bug. */
export function isEngineMissing(error: unknown): error is PipelineError {
  return (
    error instanceof PipelineError &&
    (error.code === 'GPU_NOT_USED' || error.code === 'TENSORFLOW_UNAVAILABLE')
  );
}

type InferenceErrorCode = 'INFERENCE_FAILED' | 'INFERENCE_CRASHED' | 'INFERENCE_HUNG';

/** May be the runtime's fault or this input's: tried again a few times, then recorded as failed. */
export function inferenceError(code: InferenceErrorCode, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'embed', class: 'retry', httpStatus: 503 });
}
