import { z } from 'zod';
import { type KeptLetter } from '#shared/contracts/dead-letter.js';
import { derivedIdSchema } from '#shared/contracts/image-ref.js';
import { STAGES, type ErrorClass } from '#shared/contracts/pipeline-error.js';
import { importIdSchema } from '../imports/import-requests.js';

const ERROR_CLASSES = ['retry', 'wait', 'quarantine'] as const satisfies ErrorClass[];

const timeSchema = z.iso
  .datetime({ offset: true, message: 'expected ISO 8601 with a zone' })
  .transform((text) => Date.parse(text));

const letterFilterSchema = z.strictObject({
  id: derivedIdSchema.optional(),
  code: z.string().max(100).optional(),
  stage: z.enum(STAGES).optional(),
  class: z.enum(ERROR_CLASSES).optional(),
  queue: z.string().max(200).optional(),
  import: importIdSchema.optional(),
  /** When it died: from the one on, up to the other. */
  from: timeSchema.optional(),
  to: timeSchema.optional(),
});
export type LetterFilter = z.output<typeof letterFilterSchema>;

export const letterListQuerySchema = letterFilterSchema.extend({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z
    .string()
    .regex(/^\d{13}:[0-9a-f]{32}$/, 'expected the cursor of a page before')
    .optional(),
});

/** Which letters to replay or drop; all of them only when that is said. */
export const letterSelectionSchema = letterFilterSchema
  .extend({ all: z.literal(true).optional() })
  .refine((selection) => Object.values(selection).some((value) => value !== undefined), {
    message: 'say which: id, code, stage, class, queue, import, from, to, or "all": true',
  });

export function matches(letter: KeptLetter, filter: LetterFilter): boolean {
  const { id, code, stage, class: errorClass, queue, import: importId, from, to } = filter;
  return (
    (id === undefined || letter.id === id) &&
    (code === undefined || letter.code === code) &&
    (stage === undefined || letter.stage === stage) &&
    (errorClass === undefined || letter.class === errorClass) &&
    (queue === undefined || letter.queue === queue) &&
    (importId === undefined || isOfImport(letter, importId)) &&
    (from === undefined || letter.diedAt >= from) &&
    (to === undefined || letter.diedAt <= to)
  );
}

function isOfImport({ imports, source }: KeptLetter, importId: string): boolean {
  return imports.includes(importId) || (source?.kind === 'import' && source.importId === importId);
}
