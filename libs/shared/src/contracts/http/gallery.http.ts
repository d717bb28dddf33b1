import { z } from 'zod';
import { count, problemSchema } from './common.js';
import { VECTOR_STORE_ERRORS } from './errors.js';
import { route } from './route.js';

const galleryRebuildSchema = z
  .object({
    space: z.string().meta({ description: 'Model space of this matcher.' }),
    needed: z.boolean().meta({ description: 'True when a gallery of another space exists.' }),
    state: z.enum(['none', 'listing', 'running', 'done', 'failed']).meta({
      description: '`failed`: not a single photograph could be embedded.',
    }),
    people: count,
    left: count.meta({ description: 'People who are not done yet.' }),
    embedded: count.meta({ description: 'Photographs that were embedded.' }),
    failed: count.meta({ description: 'Photographs that could not be embedded.' }),
    startedAt: z.string().optional(),
    finishedAt: z.string().optional(),
    waitsFor: problemSchema.optional().meta({ description: 'Why there is no progress.' }),
    failures: z
      .array(
        problemSchema.extend({
          personId: z.string(),
          name: z.string().nullable(),
          photograph: z.string().meta({ description: 'Key in the store `uploads`.' }),
        }),
      )
      .meta({ description: 'Failures of your tenant.' }),
    kept: z
      .array(z.object({ space: z.string(), place: z.string() }))
      .meta({ description: 'Galleries and sightings of other spaces, and where they are stored.' }),
  })
  .meta({ id: 'GalleryRebuild' });
export type GalleryRebuildView = z.output<typeof galleryRebuildSchema>;

const TAG = 'Gallery';
const example: GalleryRebuildView = {
  space: 'arcface@1+arcface-112',
  needed: true,
  state: 'running',
  people: 40,
  left: 12,
  embedded: 61,
  failed: 1,
  startedAt: '2026-01-31T12:00:00.000Z',
  failures: [
    {
      personId: 'ada',
      name: 'Ada Lovelace',
      photograph: 'enrolments/default/ada/9f86d081',
      code: 'NO_FACE',
      message: 'image: no face was found in image',
    },
  ],
  kept: [{ space: 'facenet512@1+facenet-160', place: 'data/vectors/facenet512.db' }],
};

export const galleryHttp = {
  start: route({
    id: 'startGalleryRebuild',
    method: 'POST',
    path: '/v1/gallery/rebuild',
    tag: TAG,
    access: 'tenant',
    summary: 'Embed the gallery again in the model space of this matcher',
    description:
      'Embeds the enrolled photographs of all tenants again. A rebuild that is in progress continues.',
    status: 202,
    response: galleryRebuildSchema,
    errors: VECTOR_STORE_ERRORS,
    example: { response: { ...example, state: 'listing' } },
  }),
  read: route({
    id: 'readGalleryRebuild',
    method: 'GET',
    path: '/v1/gallery/rebuild',
    tag: TAG,
    access: 'tenant',
    summary: 'Read the progress of the rebuild',
    status: 200,
    response: galleryRebuildSchema,
    errors: VECTOR_STORE_ERRORS,
    example: { response: example },
  }),
};
