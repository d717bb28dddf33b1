import { type z } from 'zod';
import { PipelineError, type Stage } from './pipeline-error.js';

/**
 * Reads stored JSON, which may have been damaged since it was written.
 * @param what names the data in the message
 * @throws PipelineError STORED_DATA_DAMAGED
 */
export function parseStored<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  what: string,
  stage: Stage,
): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw storedDataDamaged(what, stage, error);
  }
}

export function storedDataDamaged(what: string, stage: Stage, cause?: unknown): PipelineError {
  return new PipelineError(
    'STORED_DATA_DAMAGED',
    `${what} is damaged in storage; restore it from a backup or delete it`,
    { stage, class: 'quarantine', cause },
  );
}
