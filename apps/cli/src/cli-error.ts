import { isNativeError } from 'node:util/types';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { redact } from '#shared/contracts/redact.js';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** The text of an error for the terminal. An unexpected error keeps its stack trace. */
export function describeError(error: unknown): string {
  if (error instanceof PipelineError) return `${error.code}: ${error.message}`;
  if (isSystemError(error)) {
    const code = FULL.has(error.code) ? 'DISK_FULL' : 'SYSTEM_ERROR';
    return redact(`${code}: ${error.message}`);
  }
  if (error instanceof Error) return redact(`INTERNAL: ${error.stack ?? error.message}`);
  return redact(`INTERNAL: ${String(error)}`);
}

/** An error of the operating system says what it could not do with which file; a stack trace adds nothing. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return isNativeError(error) && 'syscall' in error && 'code' in error;
}
