import pRetry from 'p-retry';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** Retries with growing pauses, while the error may pass. */
export function withRetries<T>(work: () => Promise<T>): Promise<T> {
  return pRetry(work, {
    retries: 3,
    minTimeout: 500,
    shouldRetry: ({ error }) => error instanceof PipelineError && error.retryable,
  });
}
