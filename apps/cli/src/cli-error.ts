import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { redact } from '#shared/logging/redact.js';

/** A problem that the person at the terminal can mend: printed as `CODE: message`. */
export function cliError(code: string, message: string, cause?: unknown): PipelineError {
  return new PipelineError(code, message, {
    stage: 'config',
    class: 'quarantine',
    ...(cause !== undefined && { cause }),
  });
}

/** One line for the terminal; anything unexpected keeps its stack. */
export function describeError(error: unknown): string {
  if (error instanceof PipelineError) return `${error.code}: ${error.message}`;
  if (error instanceof Error) return redact(`INTERNAL: ${error.stack ?? error.message}`);
  return redact(`INTERNAL: ${String(error)}`);
}
