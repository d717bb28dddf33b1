import { type Precision } from '#shared/models/manifest.js';

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
