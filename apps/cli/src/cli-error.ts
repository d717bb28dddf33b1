import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { redact } from '#shared/contracts/redact.js';

/** The text of an error for the terminal. An unexpected error keeps its stack trace. */
export function describeError(error: unknown): string {
  if (error instanceof PipelineError) return `${error.code}: ${error.message}`;
  if (error instanceof Error) return redact(`INTERNAL: ${error.stack ?? error.message}`);
  return redact(`INTERNAL: ${String(error)}`);
}
