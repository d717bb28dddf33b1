import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { endsEarly } from './ends-early.js';
import { imageError } from './image-error.js';

/** How JPEG, GIF and AVIF decoders say that a file ends too soon; the others do not say. */
const ENDS_TOO_SOON = /premature end|unexpected end/i;

/** A decoder's error under a stable code. */
export function decodeFailure(error: unknown, bytes: Buffer): PipelineError {
  const message = error instanceof Error ? error.message : String(error);
  if (ENDS_TOO_SOON.test(message) || endsEarly(bytes)) {
    return imageError('IMAGE_TRUNCATED', 'the file ends before the picture does', error);
  }
  // Decoders repeat themselves, line by line; the last line is the one that made them stop.
  const reason = message.trim().split('\n').at(-1)!;
  return imageError('IMAGE_DAMAGED', `the file is damaged: ${reason}`, error);
}
