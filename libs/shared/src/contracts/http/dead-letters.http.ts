import { z } from 'zod';
import { deadLetterSchema } from '../dead-letter.js';
import { derivedIdSchema } from '../image-ref.js';
import { ERROR_CLASSES, STAGES } from '../pipeline-error.js';
import { count, limitSchema, momentSchema, nextCursorSchema, timeSchema } from './common.js';
import { httpError } from './errors.js';
import { importIdSchema } from './imports.http.js';
import { route } from './route.js';

const filterSchema = z.strictObject({
  id: derivedIdSchema.optional().meta({ description: 'One letter.' }),
  code: z.string().max(100).optional().meta({ description: 'Error code.' }),
  stage: z.enum(STAGES).optional().meta({ description: 'Stage that failed.' }),
  class: z.enum(ERROR_CLASSES).optional().meta({ description: 'Class of the error.' }),
  queue: z.string().max(200).optional(),
  import: importIdSchema.optional().meta({ description: 'Images that this import counts.' }),
  from: momentSchema.optional().meta({ description: 'Died at this moment or later.' }),
  to: momentSchema.optional().meta({ description: 'Died at this moment or earlier.' }),
});
export type LetterFilter = z.output<typeof filterSchema>;

const selectionSchema = filterSchema
  .extend({
    all: z.literal(true).optional().meta({ description: 'All letters; needed without a filter.' }),
  })
  .refine((selection) => Object.values(selection).some((value) => value !== undefined), {
    message: 'say which: id, code, stage, class, queue, import, from, to, or "all": true',
  });
export type LetterSelection = z.input<typeof selectionSchema>;

const jobSchema = z.object({
  name: z.string(),
  id: z.string(),
  replayable: z
    .boolean()
    .meta({ description: 'False when the data of the job was too large to keep.' }),
});

const letterSchema = deadLetterSchema
  .omit({ job: true, addedAt: true, diedAt: true })
  .extend({
    job: jobSchema.nullable().meta({ description: 'Null when there never was a job.' }),
    addedAt: timeSchema.nullable(),
    diedAt: timeSchema,
    attempts: count.meta({ description: 'Runs that failed.' }),
    crashes: count.meta({ description: 'Times that a worker died while it ran the job.' }),
    replays: count.meta({ description: 'Times that the letter was replayed before.' }),
    imports: z.array(z.string()).meta({ description: 'Imports that count the image.' }),
  })
  .meta({ id: 'DeadLetter' });
export type DeadLetterView = z.output<typeof letterSchema>;

const detailsSchema = letterSchema
  .extend({
    job: jobSchema
      .extend({
        data: z
          .unknown()
          .meta({ description: 'The payload; the beginning of its text when it was cut.' }),
      })
      .nullable(),
  })
  .meta({ id: 'DeadLetterDetails' });
export type DeadLetterDetails = z.output<typeof detailsSchema>;

const countsSchema = z.object({
  total: count,
  forgotten: count.meta({
    description: 'Letters that were deleted because they were too old or too many.',
  }),
  counts: z.array(z.object({ code: z.string(), stage: z.string(), count })),
});
export type DeadLetterCounts = z.output<typeof countsSchema>;

const replaySchema = z.object({
  replayed: count,
  busy: count.meta({ description: 'A worker still holds the job; replay again in a moment.' }),
  notReplayable: count,
});
export type ReplaySummary = z.output<typeof replaySchema>;

const TAG = 'Dead letters';
const NOT_FOUND = {
  DEAD_LETTER_NOT_FOUND: httpError(404, 'The tenant has no dead letter with this id.'),
};
const ID = '3f2b8c1d9e4a5f60718293a4b5c6d7e8';

const example: DeadLetterView = {
  id: ID,
  tenant: 'default',
  stage: 'decode',
  code: 'IMAGE_TOO_LARGE',
  class: 'quarantine',
  message: 'the image has 900 megapixels, the limit is 100',
  causes: [],
  queue: 'embed-image',
  job: { name: 'embed-image.v1', id: ID, replayable: true },
  ofImage: true,
  image: { store: 'archive', key: '2024/a.jpg', version: '1' },
  source: { kind: 'import', importId: '1' },
  attempts: 1,
  crashes: 0,
  worker: 'embedder@host:1',
  lastCrashedWorker: null,
  engine: [],
  versions: { sightline: '0.1.0', node: '20.20.0', payload: 1, space: 'arcface@1+arcface-112' },
  addedAt: '2026-01-31T12:00:00.000Z',
  diedAt: '2026-01-31T12:00:02.000Z',
  replays: 0,
  imports: ['1'],
};

export const deadLettersHttp = {
  list: route({
    id: 'listDeadLetters',
    method: 'GET',
    path: '/v1/dead-letters',
    tag: TAG,
    access: 'tenant',
    summary: 'List dead letters, newest first',
    description: 'A page can be shorter than `limit` and still have a cursor.',
    query: filterSchema.extend({
      limit: limitSchema(1_000, 100),
      cursor: z
        .string()
        .regex(/^\d{13}:[0-9a-f]{32}$/, 'expected the cursor of a page before')
        .optional()
        .meta({ description: 'Cursor of the page before.' }),
    }),
    status: 200,
    response: z.object({ letters: z.array(letterSchema), cursor: nextCursorSchema }),
    errors: {},
    example: {
      query: { code: 'IMAGE_TOO_LARGE', limit: 100 },
      response: { letters: [example], cursor: null },
    },
  }),
  counts: route({
    id: 'countDeadLetters',
    method: 'GET',
    path: '/v1/dead-letters/counts',
    tag: TAG,
    access: 'tenant',
    summary: 'Count dead letters by code and stage',
    status: 200,
    response: countsSchema,
    errors: {},
    example: {
      response: {
        total: 3,
        forgotten: 0,
        counts: [{ code: 'IMAGE_TOO_LARGE', stage: 'decode', count: 3 }],
      },
    },
  }),
  read: route({
    id: 'readDeadLetter',
    method: 'GET',
    path: '/v1/dead-letters/:id',
    tag: TAG,
    access: 'tenant',
    summary: 'Read a dead letter with the data of its job',
    params: { id: derivedIdSchema },
    status: 200,
    response: detailsSchema,
    errors: NOT_FOUND,
    example: {
      params: { id: ID },
      response: { ...example, job: { ...example.job!, data: { v: 1, tenant: 'default' } } },
    },
  }),
  replay: route({
    id: 'replayDeadLetters',
    method: 'POST',
    path: '/v1/dead-letters/replay',
    tag: TAG,
    access: 'tenant',
    summary: 'Run dead letters again',
    description: 'Adds the job of each selected letter again and removes the letter.',
    body: selectionSchema,
    status: 200,
    response: replaySchema,
    errors: NOT_FOUND,
    example: {
      body: { code: 'STORE_UNAVAILABLE' },
      response: { replayed: 12, busy: 0, notReplayable: 0 },
    },
  }),
  drop: route({
    id: 'dropDeadLetters',
    method: 'POST',
    path: '/v1/dead-letters/drop',
    tag: TAG,
    access: 'tenant',
    summary: 'Delete dead letters',
    description: 'The outcomes of their images stay as they are.',
    body: selectionSchema,
    status: 200,
    response: z.object({ dropped: count }),
    errors: NOT_FOUND,
    example: { body: { all: true }, response: { dropped: 3 } },
  }),
};
