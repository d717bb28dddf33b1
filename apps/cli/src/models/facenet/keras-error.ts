import { PipelineError } from '#shared/contracts/pipeline-error.js';

export type KerasErrorCode =
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
