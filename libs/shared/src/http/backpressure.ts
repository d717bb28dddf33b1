import { PipelineError } from '../contracts/pipeline-error.js';

/** Detail of an error that goes out as the header Retry-After, seconds. */
export const RETRY_AFTER = 'retryAfterSeconds';

/** More is asked for than is got done: the caller is to come again (503, BACKPRESSURE, Retry-After). */
export function backpressure(problem: string, retryAfterSeconds: number): PipelineError {
  return new PipelineError('BACKPRESSURE', `${problem}; try again in ${retryAfterSeconds} s`, {
    ...{ stage: 'ingest', class: 'retry', httpStatus: 503 },
    details: { [RETRY_AFTER]: retryAfterSeconds },
  });
}
