/**
 * What an inference engine is: one network on one runtime, its facts and its errors. ONNX Runtime and
 * TensorFlow.js implement it.
 */
import { type Precision } from '#models/packs/manifest.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** Resources that an engine keeps between runs. A number that grows is a leak. */
export interface HeldResources {
  readonly sessions: number;
  /** Number of tensors of TensorFlow; ONNX Runtime does not report any. */
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

/** A device that can run a network. */
export type Device = 'cpu' | 'cuda' | 'tensorrt' | 'webgpu';

/** Values of INFERENCE_DEVICE. */
export const ASKED_DEVICES = ['auto', 'cpu', 'gpu', 'cuda', 'tensorrt', 'webgpu'] as const;
export type AskedDevice = (typeof ASKED_DEVICES)[number];

/** What actually runs a network, measured by running it, not taken from the settings. */
export interface EngineFacts {
  readonly engine: EngineName;
  /** Package, version and backend, for people. */
  readonly runtime: string;
  readonly device: Device;
  /** Number format in which the artifact computes. */
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
   * Runs a batch. Blocks the calling thread although it returns a promise.
   * @param input `batch` items, one after the other, in the layout of the network
   * @param batch a bucket size, see batch-buckets.ts
   * @returns each output by name, `batch` items one after the other
   */
  run(input: Float32Array, batch: number): Promise<ReadonlyMap<string, Float32Array>>;
  close(): Promise<void>;
}

interface Artifact {
  /** Number format in which it computes. */
  readonly precision: Precision;
  /** Path. */
  readonly file: string;
}

export interface OnnxArtifact extends Artifact {
  readonly format: 'onnx';
}

/** A TF.js graph model: a JSON file and the files of its weights. */
export interface TensorflowArtifact extends Artifact {
  readonly format: 'tfjs';
  readonly weights: readonly string[];
  readonly runtime: TensorflowRuntime;
}

/** The files of a network. Their format decides which engine runs it. */
export type NetworkArtifact = OnnxArtifact | TensorflowArtifact;

export const TENSORFLOW_BACKENDS = ['tensorflow', 'wasm', 'cpu'] as const;
export type TensorflowBackend = (typeof TENSORFLOW_BACKENDS)[number];

/** A build of TensorFlow.js and its backend: the native library, WebAssembly or JavaScript. */
export interface TensorflowRuntime {
  /** Package name or path. */
  readonly package: string;
  readonly backend: TensorflowBackend;
}

const WHAT_TO_DO: Readonly<Partial<Record<AskedDevice, string>>> = {
  cuda: 'give the process an NVIDIA GPU and the CUDA libraries that the runtime was built for (onnxruntime-node 1.30: CUDA 12 and cuDNN 9, and `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild --ignore-scripts=false onnxruntime-node`; @tensorflow/tfjs-node-gpu 4.22: CUDA 11.2 and cuDNN 8.1), or set INFERENCE_DEVICE=cpu or auto',
  tensorrt:
    'give the process an NVIDIA GPU, CUDA 12 and TensorRT 10, and run `ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild --ignore-scripts=false onnxruntime-node`, or set INFERENCE_DEVICE=cuda or cpu',
  webgpu:
    'give the process a GPU with a Vulkan driver (libvulkan.so.1, its device files), or set INFERENCE_DEVICE=cpu or auto',
};
const ANY_GPU =
  'give the process a GPU whose driver and libraries the runtime can find, or set INFERENCE_DEVICE=cpu or auto';

/**
 * The settings require a GPU, but no GPU runs the networks. The service must not fall back to the CPU.
 * @param reasons what was tried, each with the message of the runtime
 */
export function gpuNotUsed(asked: AskedDevice, reasons: readonly string[]): PipelineError {
  return new PipelineError(
    'GPU_NOT_USED',
    `INFERENCE_DEVICE=${asked} requires a GPU, but no GPU runs the networks: ${reasons.join('; ')}. To fix it, ${WHAT_TO_DO[asked] ?? ANY_GPU}; then restart the service`,
    { stage: 'models', class: 'quarantine', httpStatus: 503, details: { asked, reasons } },
  );
}

/** @param reasons each package that was tried and why it does not load */
export function tensorflowUnavailable(reasons: readonly string[]): PipelineError {
  return new PipelineError(
    'TENSORFLOW_UNAVAILABLE',
    `TensorFlow does not load: ${reasons.join('; ')}. Install it beside Sightline (npm install --ignore-scripts=false @tensorflow/tfjs-node@4.22, or @tensorflow/tfjs-node-gpu@4.22 with CUDA 11.2 and cuDNN 8.1; both download a native library), name another package in TENSORFLOW_PACKAGE, set TENSORFLOW_BACKEND=wasm, or set INFERENCE_ENGINE=onnxruntime; then restart the service`,
    { stage: 'models', class: 'quarantine', httpStatus: 503, details: { reasons } },
  );
}

/** Whether the machine lacks hardware or libraries that the settings require, as opposed to a wrong setting or a bug. */
export function isEngineMissing(error: unknown): error is PipelineError {
  return (
    error instanceof PipelineError &&
    (error.code === 'GPU_NOT_USED' || error.code === 'TENSORFLOW_UNAVAILABLE')
  );
}

type InferenceErrorCode = 'INFERENCE_FAILED' | 'INFERENCE_CRASHED' | 'INFERENCE_HUNG';

/** May be caused by the runtime or by the input: the job is retried a few times, then recorded as failed. */
export function inferenceError(code: InferenceErrorCode, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'embed', class: 'retry', httpStatus: 503 });
}
