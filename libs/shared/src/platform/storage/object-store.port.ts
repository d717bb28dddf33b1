import { PipelineError, type ErrorClass } from '../../contracts/pipeline-error.js';
import { type SkipReason } from '../../contracts/skip-reason.js';

/** One object of a store. */
export interface ObjectInfo {
  /** Path inside the store, '/'-separated, without a leading '/'. */
  readonly key: string;
  /** Changes whenever the content does. */
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** The current time if the store does not know it, so that retention deletes nothing by mistake. */
  readonly lastModified: Date;
}

/** An entry of a store that cannot be read as an object. */
export interface SkippedEntry {
  /** Its key; bytes that are not UTF-8 are written as `\xNN`. */
  readonly key: string;
  readonly reason: SkipReason;
}

export interface ObjectPage {
  readonly objects: readonly ObjectInfo[];
  /** Entries at the same place of the listing that are not objects. */
  readonly skipped: readonly SkippedEntry[];
  /** Start of the next page; null at the end. Valid in other processes too. */
  readonly cursor: string | null;
}

export interface GetOptions {
  /** A larger object is refused before it is read. Bytes. */
  readonly maxBytes: number;
  /** Fail with OBJECT_CHANGED if the object has another version. */
  readonly version?: string;
  readonly signal?: AbortSignal;
}

/**
 * A storage of images. Errors are PipelineErrors of stage `fetch`:
 * OBJECT_NOT_FOUND, OBJECT_TOO_LARGE, OBJECT_CHANGED, OBJECT_ARCHIVED, OBJECT_KEY_INVALID (quarantine),
 * STORE_UNAVAILABLE (wait).
 */
export interface ObjectStore {
  /**
   * One page of the objects whose key starts with `prefix`, in a fixed order; `limit` is the maximum number of
   * objects and skipped entries.
   */
  list(prefix: string, options: { cursor?: string; limit: number }): Promise<ObjectPage>;
  stat(key: string): Promise<ObjectInfo>;
  get(key: string, options: GetOptions): Promise<Buffer>;
  /** Writes atomically. If the object already has these bytes, its version does not change. */
  put(key: string, bytes: Buffer, contentType: string): Promise<ObjectInfo>;
  /** Deleting a missing object is not an error. */
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

export function objectArchived(key: string, cause?: unknown): PipelineError {
  return new PipelineError(
    'OBJECT_ARCHIVED',
    `object ${key} is in a storage class that must be restored first; restore it and import it again`,
    { stage: 'fetch', class: 'quarantine', httpStatus: 409, cause },
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

/** The store is unavailable; the object itself is not the problem. */
export function storeUnavailable(problem: string, cause?: unknown): PipelineError {
  return storeError('STORE_UNAVAILABLE', problem, 'wait', cause);
}

/**
 * @param errorClass `wait` when the store refuses everything, `retry` when it refuses one object: a deleted
 * object looks like that to a caller without permission to list the bucket
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
