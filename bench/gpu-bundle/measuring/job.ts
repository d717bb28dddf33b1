import { type Precision, type Provider } from '../options.js';
import { type Timing } from './time-runs.js';

/** One provider at one precision, measured in a process of its own. */
export interface Job {
  readonly provider: Provider;
  readonly precision: Precision;
  readonly networks: NetworkFiles;
  /** Ascending. */
  readonly batches: readonly number[];
  readonly seconds: number;
  /** Whether the device's ceilings are measured too. */
  readonly ceilings: boolean;
  /** For what is written on the way. */
  readonly folder: string;
}

/** Paths of .onnx files. */
export interface NetworkFiles {
  readonly facenet: string;
  /** FaceNet on pixels that are on the device. */
  readonly resident: string;
}

export interface BatchResult {
  readonly batch: number;
  /** With pixels copied in from the process's memory, as the embedder does it. */
  readonly copied: Timing;
  /** On pixels that are on the device. */
  readonly resident: Timing;
}

/** Per second, at the best size. */
export interface CeilingResult {
  readonly name: 'matmul' | 'conv' | 'memory';
  /** FLOP/s; of `memory` bytes/s. */
  readonly perSecond: number;
  readonly size: number;
}

/** What a job tells as it goes. */
export type JobMessage =
  | {
      readonly kind: 'checked';
      /** Nodes of FaceNet by the execution provider that ran them. */
      readonly nodes: Readonly<Record<string, number>>;
      /** Of generated pixels; not of unit norm. */
      readonly embedding: readonly number[];
    }
  | { readonly kind: 'batch'; readonly result: BatchResult }
  /** Batches that are left out, and why. */
  | { readonly kind: 'skipped'; readonly reason: string }
  /** Peak resident memory after the batches. */
  | { readonly kind: 'memory'; readonly mib: number }
  | { readonly kind: 'ceiling'; readonly result: CeilingResult }
  | { readonly kind: 'failed'; readonly message: string };
