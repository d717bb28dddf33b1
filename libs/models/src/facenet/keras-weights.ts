/** Types of what is read from a Keras file, and its errors. */
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type Network } from './network.js';

type KerasErrorCode =
  /** Not a readable HDF5 file, or a malicious one. */
  | 'KERAS_FILE_INVALID'
  /** Keras can read it, but this importer cannot. */
  | 'KERAS_FILE_UNSUPPORTED'
  /** Its tensors are not those of the network. */
  | 'KERAS_LAYOUT_MISMATCH'
  /** Its architecture describes another network. */
  | 'KERAS_ARCHITECTURE_MISMATCH';

/** A Keras file that can never be imported. */
export function kerasError(
  code: KerasErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): PipelineError {
  return new PipelineError(code, message, { stage: 'models', class: 'quarantine', details, cause });
}

/** A tensor as a Keras file declares it, before its values are read. */
export interface FoundTensor {
  /** For example `kernel` or `bias`. */
  readonly tensor: string;
  /** Path of its values in the file. */
  readonly path: string;
  /** Null when the file declares none. */
  readonly shape: readonly number[] | null;
  /** `float32`, or the name of another type. */
  readonly type: string;
  /** Why its values cannot be read; null when they can. */
  readonly obstacle: string | null;
}

/** A layer with weights. */
export interface FoundLayer {
  readonly layer: string;
  readonly tensors: readonly FoundTensor[];
}

/** Tensors of a Keras file by `layer/tensor`, in the layout of Keras: kernels are height, width, in, out. */
export type KerasWeights = ReadonlyMap<string, Float32Array>;

export function tensorOf(weights: KerasWeights, layer: string, tensor: string): Float32Array {
  const values = weights.get(`${layer}/${tensor}`);
  if (!values) throw new Error(`there is no tensor ${layer}/${tensor}`);
  return values;
}

/** Worker data of the thread that reads a file. */
export interface ReadRequest {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** Networks that the file may contain. They differ only in the last layer. */
  readonly candidates: readonly Network[];
}

export type ReadReply =
  | {
      readonly kind: 'read';
      /** The candidate that the file contains. */
      readonly network: Network;
      readonly modelConfig: string | null;
      readonly tensors: KerasWeights;
    }
  /** The fields of a PipelineError. */
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    };
