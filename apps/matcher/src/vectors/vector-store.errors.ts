import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** The vector store, as something that jobs need. */
export const VECTORS = 'the vector store';

/** The store cannot be reached or cannot write: nothing is wrong with the input, so its job waits. */
export function storeUnavailable(message: string, cause?: unknown): PipelineError {
  return new PipelineError('VECTOR_STORE_UNAVAILABLE', message, {
    stage: 'match',
    class: 'wait',
    dependency: VECTORS,
    httpStatus: 503,
    cause,
  });
}

/** What lies in the store is of another model space than the service works in. */
export function spaceMismatch(message: string): PipelineError {
  return new PipelineError('SPACE_MISMATCH', message, {
    stage: 'match',
    class: 'quarantine',
    httpStatus: 409,
  });
}

export function assertDimension(vector: Float32Array, dimension: number): void {
  if (vector.length === dimension) return;
  throw spaceMismatch(
    `got a vector of ${vector.length} numbers, this model space has ${dimension}; run all services with the same MODEL_PACK`,
  );
}
