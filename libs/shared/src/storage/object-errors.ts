import { PipelineError, type ErrorClass } from '../contracts/pipeline-error.js';

export function objectNotFound(key: string, cause?: unknown): PipelineError {
  return new PipelineError('OBJECT_NOT_FOUND', `there is no object ${key}`, {
    stage: 'fetch',
    class: 'quarantine',
    httpStatus: 404,
    cause,
  });
}

export function objectTooLarge(key: string, size: number, maxBytes: number): PipelineError {
  return new PipelineError(
    'OBJECT_TOO_LARGE',
    `object ${key} has ${size} bytes or more, the limit is ${maxBytes}`,
    { stage: 'fetch', class: 'quarantine', httpStatus: 413 },
  );
}

export function objectChanged(key: string): PipelineError {
  return new PipelineError(
    'OBJECT_CHANGED',
    `object ${key} has changed since it was listed; import it again`,
    { stage: 'fetch', class: 'quarantine', httpStatus: 409 },
  );
}

export function objectKeyInvalid(key: string, problem: string, cause?: unknown): PipelineError {
  return new PipelineError('OBJECT_KEY_INVALID', `${JSON.stringify(key)} ${problem}`, {
    stage: 'fetch',
    class: 'quarantine',
    httpStatus: 400,
    cause,
  });
}

/** The store cannot be reached or cannot work now; nothing is wrong with the object. */
export function storeUnavailable(problem: string, cause?: unknown): PipelineError {
  return storeError('STORE_UNAVAILABLE', problem, 'wait', cause);
}

/**
 * @param errorClass `wait` when the store lets us in nowhere, `retry` when it refuses one object:
 * a deleted object looks like that to a caller who may not list the bucket
 */
export function storeAccessDenied(
  problem: string,
  errorClass: ErrorClass,
  cause?: unknown,
): PipelineError {
  return storeError('STORE_ACCESS_DENIED', problem, errorClass, cause);
}

export function storeError(
  code: string,
  problem: string,
  errorClass: ErrorClass,
  cause?: unknown,
): PipelineError {
  return new PipelineError(code, problem, {
    stage: 'fetch',
    class: errorClass,
    httpStatus: 503,
    cause,
  });
}
