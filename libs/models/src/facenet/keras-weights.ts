import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type Network } from './network.js';

type KerasErrorCode =
  /** Not a readable HDF5 file, or one that only an attacker would make. */
  | 'KERAS_FILE_INVALID'
  /** Readable by Keras, but not here. */
  | 'KERAS_FILE_UNSUPPORTED'
  /** Holds other tensors than the network has. */
  | 'KERAS_LAYOUT_MISMATCH'
  /** Describes another network. */
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

/** A tensor as a Keras file declares it, before a value is read. */
export interface FoundTensor {
  /** `kernel`, `bias` and so on. */
  readonly tensor: string;
  /** Of its values in the file. */
  readonly path: string;
  /** Null when it declares none. */
  readonly shape: readonly number[] | null;
  /** `float32`, or what else it is. */
  readonly type: string;
  /** Why its values are not read; null when they can be. */
  readonly obstacle: string | null;
}

/** A layer with weights. */
export interface FoundLayer {
  readonly layer: string;
  readonly tensors: readonly FoundTensor[];
}

/** Tensors of a Keras file by `layer/tensor`, in Keras' own layout: kernels height, width, in, out. */
export type KerasWeights = ReadonlyMap<string, Float32Array>;

export function tensorOf(weights: KerasWeights, layer: string, tensor: string): Float32Array {
  const values = weights.get(`${layer}/${tensor}`);
  if (!values) throw new Error(`there is no tensor ${layer}/${tensor}`);
  return values;
}

export interface ReadRequest {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** Networks that it may hold, alike but for their heads. */
  readonly candidates: readonly Network[];
}

export type ReadReply =
  | {
      readonly kind: 'read';
      /** The candidate that it holds. */
      readonly network: Network;
      readonly modelConfig: string | null;
      readonly tensors: KerasWeights;
    }
  /** Of a PipelineError. */
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    };
