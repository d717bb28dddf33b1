import { z } from 'zod';
import { storeNameSchema, tenantSchema } from '../image-ref.js';
import { importStatusSchema } from '../import-status.js';
import { OUTCOMES } from '../outcome.js';
import { SKIP_REASONS, skipReasonSchema } from '../skip-reason.js';
import { count, limitSchema, nextCursorSchema, problemSchema, timeSchema } from './common.js';
import { httpError } from './errors.js';
import { route } from './route.js';

export const importIdSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/, 'expected an import id')
  .meta({ description: 'Id of an import.', examples: ['1'] });

const startImportSchema = z.strictObject({
  store: storeNameSchema.meta({
    description: 'Name of a configured object store.',
    examples: ['archive'],
  }),
  prefix: z
    .string()
    .max(1024)
    .default('')
    .meta({ description: 'Only objects whose key starts with it; empty: all objects.' }),
  key: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .meta({ description: 'Only this object. Replaces `prefix`.', examples: ['2024/a.jpg'] }),
});
export type StartImport = z.output<typeof startImportSchema>;

export const importSchema = z
  .object({
    id: importIdSchema,
    tenant: tenantSchema,
    store: z.string(),
    prefix: z.string(),
    status: importStatusSchema.meta({
      description:
        '`listing`: objects are still being listed. `running`: all are listed, some have no outcome yet.',
    }),
    single: z
      .boolean()
      .meta({ description: 'True: only the object whose key is `prefix`, not all that start so.' }),
    listed: count.meta({
      description:
        'Objects found so far. At the end it is the sum of `counts`, `alreadyDone` and `skipped`.',
    }),
    skipped: count.meta({ description: 'Objects that the import does not look at.' }),
    skippedBy: z.record(z.string(), count).meta({
      description: `The skipped objects by reason. ${Object.entries(SKIP_REASONS)
        .map(([reason, text]) => `\`${reason}\`: ${text}`)
        .join(' ')}`,
    }),
    counts: z
      .object({
        named: count,
        unknown: count,
        faceless: count,
        refused: count,
        failed: count,
        cancelled: count,
      })
      .meta({ description: 'Images by the outcome that they got during this import.' }),
    alreadyDone: z
      .object({ named: count, unknown: count, faceless: count, refused: count })
      .meta({ description: 'Images by the outcome that they had before this import.' }),
    problems: z
      .record(z.string(), count)
      .meta({ description: 'Refused and failed images by error code, earlier ones included.' }),
    faces: count,
    pending: count.meta({ description: 'Images without an outcome.' }),
    imagesPerSecond: z
      .number()
      .nullable()
      .meta({ description: 'Current rate; the mean rate once the import has ended.' }),
    secondsLeft: z
      .number()
      .nullable()
      .meta({ description: 'Null when it is unknown, for example during the listing.' }),
    startedAt: timeSchema,
    finishedAt: timeSchema.nullable(),
    error: problemSchema
      .nullable()
      .meta({ description: 'Why the import failed, or what it waits for.' }),
  })
  .meta({ id: 'Import' });
export type ImportView = z.output<typeof importSchema>;

export const importImageSchema = z
  .object({
    key: z.string(),
    outcome: z.enum(OUTCOMES),
    code: z.string().optional().meta({ description: 'Error code of a refused or failed image.' }),
    message: z.string().optional(),
  })
  .meta({ id: 'ImportImage' });
export type ImportImage = z.output<typeof importImageSchema>;

export const importSkipSchema = z
  .object({
    key: z.string().meta({
      description: 'Key of the object. Bytes of a name that is not UTF-8 are written as `\\xNN`.',
    }),
    reason: skipReasonSchema,
  })
  .meta({ id: 'ImportSkip' });
export type ImportSkip = z.output<typeof importSkipSchema>;

/** Query of the pages of a list that is kept as a Redis stream. */
const logPageSchema = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,20}-\d{1,20}$/, 'expected the cursor of a page before')
    .optional()
    .meta({ description: 'Cursor of the page before.' }),
  limit: limitSchema(10_000, 1_000),
});

const TAG = 'Imports';
const NOT_FOUND = {
  IMPORT_NOT_FOUND: httpError(404, 'The tenant has no import with this id.'),
};
const CHANGE_ERRORS = {
  ...NOT_FOUND,
  IMPORT_OVER: httpError(409, 'The import has ended; start a new one.'),
};

const example: ImportView = {
  id: '1',
  tenant: 'default',
  store: 'archive',
  prefix: '2024/',
  single: false,
  status: 'running',
  listed: 1203,
  skipped: 3,
  skippedBy: { ignored: 2, video: 1 },
  counts: { named: 310, unknown: 420, faceless: 95, refused: 4, failed: 1, cancelled: 0 },
  alreadyDone: { named: 100, unknown: 20, faceless: 10, refused: 0 },
  problems: { IMAGE_DAMAGED: 4, STAGE_TIMEOUT: 1 },
  faces: 990,
  pending: 240,
  imagesPerSecond: 41.5,
  secondsLeft: 6,
  startedAt: '2026-01-31T12:00:00.000Z',
  finishedAt: null,
  error: null,
};

export const importsHttp = {
  start: route({
    id: 'startImport',
    method: 'POST',
    path: '/v1/imports',
    tag: TAG,
    access: 'tenant',
    summary: 'Start an import',
    description:
      'Puts the images of a store on the queue. Images that an earlier import finished are not processed again.',
    body: startImportSchema,
    status: 202,
    response: importSchema,
    errors: {
      STORE_UNKNOWN: httpError(404, 'No store has this name; `details.known` lists the names.'),
      STORE_RESERVED: httpError(422, 'The store `uploads` cannot be imported.'),
    },
    example: {
      body: { store: 'archive', prefix: '2024/' },
      response: { ...example, status: 'listing', secondsLeft: null },
    },
  }),
  list: route({
    id: 'listImports',
    method: 'GET',
    path: '/v1/imports',
    tag: TAG,
    access: 'tenant',
    summary: 'List imports, newest first',
    query: z.object({
      cursor: importIdSchema.optional().meta({ description: 'Cursor of the page before.' }),
      limit: limitSchema(500, 50),
    }),
    status: 200,
    response: z.object({ imports: z.array(importSchema), cursor: nextCursorSchema }),
    errors: {},
    example: { query: { limit: 50 }, response: { imports: [example], cursor: null } },
  }),
  read: route({
    id: 'readImport',
    method: 'GET',
    path: '/v1/imports/:id',
    tag: TAG,
    access: 'tenant',
    summary: 'Read an import',
    params: { id: importIdSchema },
    status: 200,
    response: importSchema,
    errors: NOT_FOUND,
    example: { params: { id: '1' }, response: example },
  }),
  images: route({
    id: 'listImportImages',
    method: 'GET',
    path: '/v1/imports/:id/images',
    tag: TAG,
    access: 'tenant',
    summary: 'List the images of an import that gave no sighting',
    description:
      'Images without a face, refused images and failed images, in the order in which they ended. An image that is tried again is listed again, with its new outcome.',
    params: { id: importIdSchema },
    query: logPageSchema,
    status: 200,
    response: z.object({ images: z.array(importImageSchema), cursor: nextCursorSchema }),
    errors: NOT_FOUND,
    example: {
      params: { id: '1' },
      query: { limit: 1000 },
      response: {
        images: [
          { key: '2024/empty.jpg', outcome: 'faceless' },
          {
            key: '2024/torn.jpg',
            outcome: 'refused',
            code: 'IMAGE_DAMAGED',
            message: 'the image cannot be decoded',
          },
        ],
        cursor: null,
      },
    },
  }),
  skipped: route({
    id: 'listSkippedObjects',
    method: 'GET',
    path: '/v1/imports/:id/skipped',
    tag: TAG,
    access: 'tenant',
    summary: 'List the objects that an import did not look at',
    description:
      'In the order of the listing. About the last 100,000 are kept; the counts of the import are exact.',
    params: { id: importIdSchema },
    query: logPageSchema,
    status: 200,
    response: z.object({ skipped: z.array(importSkipSchema), cursor: nextCursorSchema }),
    errors: NOT_FOUND,
    example: {
      params: { id: '1' },
      query: { limit: 1000 },
      response: {
        skipped: [
          { key: '2024/.DS_Store', reason: 'ignored' },
          { key: '2024/film.mp4', reason: 'video' },
        ],
        cursor: null,
      },
    },
  }),
  pause: route({
    id: 'pauseImport',
    method: 'POST',
    path: '/v1/imports/:id/pause',
    tag: TAG,
    access: 'tenant',
    summary: 'Pause an import',
    description: 'Images that a worker has taken are still finished.',
    params: { id: importIdSchema },
    status: 200,
    response: importSchema,
    errors: CHANGE_ERRORS,
    example: { params: { id: '1' }, response: { ...example, status: 'paused' } },
  }),
  resume: route({
    id: 'resumeImport',
    method: 'POST',
    path: '/v1/imports/:id/resume',
    tag: TAG,
    access: 'tenant',
    summary: 'Resume a paused import',
    params: { id: importIdSchema },
    status: 200,
    response: importSchema,
    errors: CHANGE_ERRORS,
    example: { params: { id: '1' }, response: example },
  }),
  cancel: route({
    id: 'cancelImport',
    method: 'POST',
    path: '/v1/imports/:id/cancel',
    tag: TAG,
    access: 'tenant',
    summary: 'Cancel an import',
    description: 'Images without an outcome are not processed. Cancelling twice is not an error.',
    params: { id: importIdSchema },
    status: 200,
    response: importSchema,
    errors: CHANGE_ERRORS,
    example: {
      params: { id: '1' },
      response: { ...example, status: 'cancelled', finishedAt: '2026-01-31T12:00:30.000Z' },
    },
  }),
};
