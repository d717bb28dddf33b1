import { PipelineError } from '#shared/contracts/pipeline-error.js';

export type InferenceErrorCode = 'INFERENCE_FAILED' | 'INFERENCE_CRASHED' | 'INFERENCE_HUNG';

/** May be the runtime's fault or this input's: tried again a few times, then recorded as failed. */
export function inferenceError(code: InferenceErrorCode, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'embed', class: 'retry', httpStatus: 503 });
}
