import { z } from 'zod';
import { imageSourceSchema } from '../embed-image.contract.js';
import { metricSchema } from '../embedding.js';
import { boxSchema, derivedIdSchema, imageRefSchema, storeNameSchema } from '../image-ref.js';
import { limitSchema, momentSchema, nextCursorSchema, timeSchema } from './common.js';
import {
  CURSOR_INVALID,
  GALLERY_ERRORS,
  httpError,
  PACK_UNCALIBRATED,
  PERSON_NOT_FOUND,
  VECTOR_STORE_ERRORS,
} from './errors.js';
import { personIdSchema, personSchema } from './people.http.js';
import { thresholdFields } from './recognition.http.js';
import { route } from './route.js';

const filterFields = {
  store: storeNameSchema.optional().meta({ description: 'Only images of this store.' }),
  cameraId: z.string().min(1).max(128).optional().meta({ description: 'Only this camera.' }),
  from: momentSchema.optional().meta({ description: 'Seen at this moment or later.' }),
  to: momentSchema.optional().meta({ description: 'Seen at this moment or earlier.' }),
};

const sightingSchema = z
  .object({
    id: derivedIdSchema.meta({ description: 'Id of the face.' }),
    imageId: derivedIdSchema,
    image: imageRefSchema,
    width: z.number().positive().meta({ description: 'Pixels of the upright image.' }),
    height: z.number().positive(),
    incomplete: z.boolean().meta({
      description: 'Whether the file ends before the picture does; what is missing is grey.',
    }),
    box: boxSchema.meta({ description: 'The face, in pixels of the upright image.' }),
    source: imageSourceSchema.meta({ description: 'How the image came into the pipeline.' }),
    cameraId: z.string().nullable(),
    observedAt: timeSchema.nullable().meta({ description: 'When the picture was taken.' }),
    detectionScore: z.number().meta({ description: 'Confidence of the detector, 0 to 1.' }),
    quality: z
      .number()
      .meta({ description: 'How usable the face is, 0 to 1: size, sharpness and pose together.' }),
    personId: z.string().nullable().meta({ description: 'Null when nobody was named.' }),
    personName: z
      .string()
      .nullable()
      .meta({ description: 'Current name; null when the person is unknown or was deleted.' }),
    score: z
      .number()
      .nullable()
      .meta({ description: 'Score of the best person; null when nobody was enrolled.' }),
    metric: metricSchema.meta({ description: 'Unit of the score.' }),
    decidedAt: timeSchema.meta({ description: 'When the face was matched.' }),
  })
  .meta({ id: 'Sighting' });
export type SightingView = z.output<typeof sightingSchema>;

const TAG = 'Sightings';
const example: SightingView = {
  id: '591785b794601e212b260e25925636fd',
  imageId: '3f2b8c1d9e4a5f60718293a4b5c6d7e8',
  image: { store: 'archive', key: '2024/a.jpg', version: '1' },
  width: 640,
  height: 480,
  incomplete: false,
  box: { x: 120, y: 80, width: 96, height: 120 },
  source: { kind: 'import', importId: '1' },
  cameraId: null,
  observedAt: '2024-05-06T05:08:09.000Z',
  detectionScore: 0.98,
  quality: 0.83,
  personId: 'ada',
  personName: 'Ada Lovelace',
  score: 0.71,
  metric: 'cosine',
  decidedAt: '2026-01-31T12:00:02.000Z',
};

export const sightingsHttp = {
  list: route({
    id: 'listSightings',
    method: 'GET',
    path: '/v1/sightings',
    tag: TAG,
    access: 'tenant',
    summary: 'List sightings',
    description: 'A sighting is a face in an image, and the person it was matched with.',
    query: z.strictObject({
      ...filterFields,
      personId: personIdSchema.optional().meta({ description: 'Only this person.' }),
      cursor: z.string().max(256).optional().meta({ description: 'Cursor of the page before.' }),
      limit: limitSchema(1000, 100),
    }),
    status: 200,
    response: z.object({ sightings: z.array(sightingSchema), cursor: nextCursorSchema }),
    errors: { ...VECTOR_STORE_ERRORS, CURSOR_INVALID },
    example: {
      query: { store: 'archive', from: '2024-01-01T00:00:00Z', limit: 100 },
      response: { sightings: [example], cursor: null },
    },
  }),
  searchPast: route({
    id: 'searchPastSightings',
    method: 'POST',
    path: '/v1/people/:id/search',
    tag: TAG,
    access: 'tenant',
    summary: 'Find a person in earlier sightings',
    description:
      'Returns sightings that would get the name of the person if they were matched today, best first. No image is decoded again, and the sightings do not change.',
    params: { id: personIdSchema },
    body: z.strictObject({
      ...filterFields,
      limit: z
        .number()
        .int()
        .min(1)
        .max(1000)
        .default(100)
        .meta({ description: 'Maximum number of sightings.' }),
    }),
    status: 200,
    response: z.object({
      person: personSchema,
      metric: metricSchema,
      ...thresholdFields,
      matches: z.array(z.object({ score: z.number(), sighting: sightingSchema })),
    }),
    errors: {
      ...VECTOR_STORE_ERRORS,
      PERSON_NOT_FOUND,
      ...GALLERY_ERRORS,
      PACK_UNCALIBRATED,
      NO_TEMPLATES: httpError(422, 'The person has no enrolled photograph.'),
    },
    example: {
      params: { id: 'ada' },
      body: { store: 'archive', limit: 100 },
      response: {
        person: { id: 'ada', name: 'Ada Lovelace', createdAt: '2026-01-31T12:00:00.000Z' },
        metric: 'cosine',
        threshold: 0.45,
        thresholdBasis: 'measured',
        matches: [{ score: 0.71, sighting: example }],
      },
    },
  }),
};
