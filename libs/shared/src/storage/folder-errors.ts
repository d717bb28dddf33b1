import { PipelineError } from '../contracts/pipeline-error.js';
import {
  objectKeyInvalid,
  objectNotFound,
  storeAccessDenied,
  storeUnavailable,
} from './object-errors.js';

/** What a failed file operation on `key` means to the pipeline. */
export function folderError(error: unknown, key: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ELOOP':
      return objectNotFound(key, error);
    case 'ENAMETOOLONG':
      return objectKeyInvalid(key, 'is too long for this file system', error);
    case 'EEXIST':
      return objectKeyInvalid(key, 'is taken by something that is no file', error);
    case 'EACCES':
    case 'EPERM':
      return storeAccessDenied(`no permission: ${message}`, 'retry', error);
    default:
      return storeUnavailable(message, error);
  }
}
