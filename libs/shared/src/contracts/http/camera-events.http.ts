import { z } from 'zod';
import { cameraIdSchema, derivedIdSchema, storeNameSchema } from '../image-ref.js';
import { httpError, OBJECT_ERRORS, STORE_ERRORS, UPLOAD_ERRORS } from './errors.js';
import { route } from './route.js';

const cameraEventSchema = z.strictObject({
  cameraId: cameraIdSchema.meta({
    description:
      '1 to 128 letters, digits, spaces and `. _ : @ -`; the first is a letter or a digit.',
    examples: ['door 1'],
  }),
  observedAt: z.iso
    .datetime({ offset: true, message: 'expected ISO 8601 with a zone' })
    .meta({ description: 'When the picture was taken: ISO 8601 with a zone; not in the future.' }),
  image: z
    .strictObject({ store: storeNameSchema, key: z.string().min(1).max(1024) })
    .optional()
    .meta({ description: 'An object that is in a store already.' }),
});
export type CameraEvent = z.output<typeof cameraEventSchema>;

export const cameraEventsHttp = {
  add: route({
    id: 'addCameraEvent',
    method: 'POST',
    path: '/v1/camera-events',
    tag: 'Cameras',
    access: 'tenant',
    summary: 'Send an image of a camera',
    description:
      'Send the snapshot as the multipart field `image`, or send JSON that names an object in a store. The image goes ahead of every archive. An observation is the camera, the time and the object: each gives sightings of its own, and the same one sent twice is processed once.',
    body: cameraEventSchema,
    files: { image: { description: 'The snapshot.', required: false } },
    acceptsJson: true,
    status: 202,
    response: z.object({
      imageId: derivedIdSchema.meta({
        description: 'Id of the observation; sightings and events have it as `imageId`.',
      }),
    }),
    errors: {
      ...UPLOAD_ERRORS,
      ...STORE_ERRORS,
      ...OBJECT_ERRORS,
      STORE_UNKNOWN: httpError(404, 'No store has this name; `details.known` lists the names.'),
      OBSERVED_IN_FUTURE: httpError(
        422,
        'The time `observedAt` is in the future, by more than CAMERA_CLOCK_SKEW_MS.',
      ),
      BACKPRESSURE: httpError(
        503,
        'Too many images wait, too many uploads are in progress, or Redis is nearly full. Try again after the seconds in the header `Retry-After`.',
      ),
    },
    example: {
      body: {
        cameraId: 'door 1',
        observedAt: '2026-01-31T12:00:00+01:00',
        image: { store: 'archive', key: '2024/a.jpg' },
      },
      response: { imageId: '3f2b8c1d9e4a5f60718293a4b5c6d7e8' },
    },
  }),
};
