import { PipelineError } from '#shared/contracts/pipeline-error.js';

export type OwnNetworkErrorCode =
  | 'ONNX_UNREADABLE'
  | 'ONNX_EXTERNAL_DATA'
  | 'ONNX_INPUT_UNSUITABLE'
  | 'ONNX_OUTPUT_UNSUITABLE'
  | 'ONNX_BATCH_FIXED'
  | 'ONNX_OUTPUT_CONSTANT'
  | 'ONNX_RUN_FAILED';

/** The first thing about a user's own network that does not fit. */
export function ownNetworkError(
  code: OwnNetworkErrorCode,
  problem: string,
  cause?: unknown,
): PipelineError {
  return new PipelineError(code, problem, { stage: 'models', class: 'quarantine', cause });
}
