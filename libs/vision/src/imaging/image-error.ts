import { PipelineError } from '#shared/contracts/pipeline-error.js';

export type ImageErrorCode =
  | 'IMAGE_EMPTY'
  | 'IMAGE_FORMAT_UNSUPPORTED'
  | 'IMAGE_TOO_LARGE'
  | 'IMAGE_TOO_MANY_FRAMES'
  | 'IMAGE_METADATA_TOO_LARGE'
  | 'IMAGE_POLYGLOT'
  | 'IMAGE_TRUNCATED'
  | 'IMAGE_DAMAGED';

/** A file that can never be decoded: refused, and for an API caller an error of theirs. */
export function imageError(code: ImageErrorCode, message: string, cause?: unknown): PipelineError {
  return new PipelineError(code, message, {
    stage: 'decode',
    class: 'quarantine',
    httpStatus: code === 'IMAGE_TOO_LARGE' ? 413 : 422,
    cause,
  });
}
