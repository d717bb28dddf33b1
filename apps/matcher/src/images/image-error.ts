import { PipelineError, toPipelineError } from '#shared/contracts/pipeline-error.js';

/**
 * What the embedder said about an uploaded image, as an answer to its sender: an image that can
 * never work is the caller's to mend (422), and `field` says which one it was.
 */
export function imageError(error: unknown, field: string): PipelineError {
  const failure = toPipelineError(error, 'query');
  const { code, message, stage, details } = failure;
  const refused = failure.class === 'quarantine';
  return new PipelineError(code, refused ? `${field}: ${message}` : message, {
    stage,
    class: failure.class,
    cause: failure,
    httpStatus: refused && failure.httpStatus >= 500 ? 422 : failure.httpStatus,
    details: { ...details, field },
  });
}
