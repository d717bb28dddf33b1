import { z } from 'zod';
import { cameraIdSchema, storeNameSchema } from '../image-ref.js';
import { count, momentSchema, nextCursorSchema, problemSchema } from './common.js';
import { CURSOR_INVALID, STORE_ERRORS, VECTOR_STORE_ERRORS } from './errors.js';
import { route } from './route.js';

/** Which records are too old. */
const retentionRequestSchema = z.strictObject({
  before: momentSchema
    .refine((ms) => ms <= Date.now(), { message: 'lies in the future' })
    .meta({ description: 'Delete what was recorded before this moment: ISO 8601 with a zone.' }),
  store: storeNameSchema.optional().meta({ description: 'Only images of this store.' }),
  cameraId: cameraIdSchema.optional().meta({ description: 'Only this camera.' }),
  ofCameras: z
    .boolean()
    .default(false)
    .meta({ description: 'Only what cameras sent, in any store.' }),
  dryRun: z.boolean().default(false).meta({ description: 'Count, but delete nothing.' }),
  cursor: z.string().max(1024).optional().meta({ description: 'Cursor of the answer before.' }),
});
export type RetentionRequest = z.output<typeof retentionRequestSchema>;

/** What one request did. */
const retentionStepSchema = z
  .object({
    count: count.meta({ description: 'Deleted records; of a dry run, records that would be.' }),
    cursor: nextCursorSchema.meta({ description: 'Pass it back until it is null.' }),
    failed: count
      .optional()
      .meta({ description: 'Records that could not be deleted; they do not stop the others.' }),
    problem: problemSchema.optional().meta({ description: 'The first reason of those.' }),
  })
  .meta({ id: 'RetentionStep' });
export type RetentionStep = Readonly<z.output<typeof retentionStepSchema>>;

const TAG = 'Retention';
const DESCRIPTION =
  'Deletes a limited number of records, so that the answer comes soon: send the request again with the cursor until it is null. Safe to interrupt and to repeat.';
const example = {
  body: { before: '2025-01-01T00:00:00Z', dryRun: true },
  response: { count: 42, cursor: null },
};

export const retentionHttp = {
  sightings: route({
    id: 'expireSightings',
    method: 'POST',
    path: '/v1/retention/sightings',
    tag: TAG,
    access: 'tenant',
    summary: 'Delete sightings that are too old',
    description: DESCRIPTION,
    body: retentionRequestSchema,
    status: 200,
    response: retentionStepSchema,
    errors: VECTOR_STORE_ERRORS,
    example,
  }),
  snapshots: route({
    id: 'expireSnapshots',
    method: 'POST',
    path: '/v1/retention/snapshots',
    tag: TAG,
    access: 'tenant',
    summary: 'Delete snapshots of cameras that are too old',
    description: DESCRIPTION,
    body: retentionRequestSchema,
    status: 200,
    response: retentionStepSchema,
    errors: STORE_ERRORS,
    example,
  }),
  events: route({
    id: 'expireEvents',
    method: 'POST',
    path: '/v1/retention/events',
    tag: TAG,
    access: 'tenant',
    summary: 'Delete match events that are too old',
    description: DESCRIPTION,
    body: retentionRequestSchema,
    status: 200,
    response: retentionStepSchema,
    errors: { CURSOR_INVALID },
    example,
  }),
};
