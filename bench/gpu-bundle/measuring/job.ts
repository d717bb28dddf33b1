import { type Precision, type Provider } from '../options.js';
import { type Timing } from './time-runs.js';

/** One provider at one precision, measured in its own process. */
export interface Job {
  readonly provider: Provider;
  readonly precision: Precision;
  readonly networks: NetworkFiles;
  /** Ascending. */
  readonly batches: readonly number[];
  readonly seconds: number;
  /** Whether the ceilings (best performance) of the device are measured too. */
  readonly ceilings: boolean;
  /** Folder for temporary files. */
  readonly folder: string;
}

/** Paths of .onnx files. */
export interface NetworkFiles {
  readonly facenet: string;
  /** FaceNet with pixels that are on the device already. */
  readonly resident: string;
}

export interface BatchResult {
  readonly batch: number;
  /** With pixels that are copied from the memory of the process, as in the embedder. */
  readonly copied: Timing;
  /** With pixels that are on the device already. */
  readonly resident: Timing;
}

/** Per second, at the best size. */
export interface CeilingResult {
  readonly name: 'matmul' | 'conv' | 'memory';
  /** FLOP/s; of `memory` bytes/s. */
  readonly perSecond: number;
  readonly size: number;
}

/** Messages from a job to its parent process. */
export type JobMessage =
  | {
      readonly kind: 'checked';
      /** Nodes of FaceNet by the execution provider that ran them. */
      readonly nodes: Readonly<Record<string, number>>;
      /** Embedding of generated pixels, without normalisation. */
      readonly embedding: readonly number[];
    }
  | { readonly kind: 'batch'; readonly result: BatchResult }
  /** The reason why batches were skipped. */
  | { readonly kind: 'skipped'; readonly reason: string }
  /** Peak resident memory after the batches. */
  | { readonly kind: 'memory'; readonly mib: number }
  | { readonly kind: 'ceiling'; readonly result: CeilingResult }
  | { readonly kind: 'failed'; readonly message: string };
