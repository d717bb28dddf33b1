import { PipelineError, type ErrorClass } from '../../contracts/pipeline-error.js';

/** One object of a store. */
export interface ObjectInfo {
  /** Path inside the store, '/'-separated, without a leading '/'. */
  readonly key: string;
  /** Changes whenever the content does. */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** Now where the store does not say: nothing is deleted for an age that nobody knows. */
  readonly lastModified: Date;
}

export interface ObjectPage {
  readonly objects: readonly ObjectInfo[];
  /** Pass it back to go on; null at the end. Stays valid across processes. */
  readonly cursor: string | null;
}

export interface GetOptions {
  /** Refuse an object larger than this before reading it. Bytes. */
  readonly maxBytes: number;
  /** Refuse with OBJECT_CHANGED when the object is no longer of this version. */
  readonly version?: string;
  readonly signal?: AbortSignal;
}

/**
 * Where images lie. Errors are PipelineErrors of stage `fetch`:
 * OBJECT_NOT_FOUND, OBJECT_TOO_LARGE, OBJECT_CHANGED, OBJECT_KEY_INVALID (quarantine), STORE_UNAVAILABLE (wait).
 */
export interface ObjectStore {
  /** Objects whose key starts with `prefix`, in a fixed order, at most `limit` a page. */
  list(prefix: string, options: { cursor?: string; limit: number }): Promise<ObjectPage>;
  stat(key: string): Promise<ObjectInfo>;
  get(key: string, options: GetOptions): Promise<Buffer>;
  /** Writes the whole object or nothing. Putting the bytes that are already there leaves the version as it is. */
  put(key: string, bytes: Buffer, contentType: string): Promise<ObjectInfo>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** Resolves when the store answers. */
  check(): Promise<void>;
}

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
