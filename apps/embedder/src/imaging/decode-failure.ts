import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { imageError } from './image-error.js';

/** How the codecs of libvips say that a file ends too soon. */
const ENDS_TOO_SOON =
  /premature end|truncated|unexpected end|end of (file|stream|data)|read past|not enough (data|image)|too short|insufficient data|EOF/i;

/** A codec's error under a stable code. */
export function decodeFailure(error: unknown): PipelineError {
  const message = (error instanceof Error ? error.message : String(error)).trim();
  return ENDS_TOO_SOON.test(message)
    ? imageError('IMAGE_TRUNCATED', `the file ends too soon: ${message}`, error)
    : imageError('IMAGE_DAMAGED', `the file is damaged: ${message}`, error);
}
