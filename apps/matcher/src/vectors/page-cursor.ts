import { derivedIdSchema } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** @throws PipelineError CURSOR_INVALID: cursors come back from API callers, so they are checked */
export function parseCursor(cursor: string): string {
  if (derivedIdSchema.safeParse(cursor).success) return cursor;
  throw new PipelineError('CURSOR_INVALID', 'pass back the cursor of the page before', {
    stage: 'query',
    class: 'quarantine',
    httpStatus: 400,
  });
}
