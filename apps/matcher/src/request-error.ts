import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** An error caused by the client's request; it is not retried. */
export function requestError(
  httpStatus: number,
  code: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): PipelineError {
  return new PipelineError(code, message, {
    stage: 'query',
    class: 'quarantine',
    httpStatus,
    details,
  });
}
