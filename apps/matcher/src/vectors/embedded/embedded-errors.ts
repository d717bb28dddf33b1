import { toPipelineError, type PipelineError } from '#shared/contracts/pipeline-error.js';
import { storeUnavailable } from '../vector-store.errors.js';

/** SQLite result codes (https://www.sqlite.org/rescode.html) that say the disk or the file failed, not the request. */
const DISK_FAILURES = [
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_BUSY',
];

export function toStoreError(error: unknown, folder: string): PipelineError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (DISK_FAILURES.some((failure) => code.startsWith(failure))) {
    const message = error instanceof Error ? error.message : code;
    return storeUnavailable(`the vectors in ${folder} cannot be used: ${code} ${message}`, error);
  }
  return toPipelineError(error, 'match');
}
