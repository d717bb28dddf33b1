import { z } from 'zod';
import { cameraIdSchema } from '#shared/contracts/camera-id.js';
import { storeNameSchema } from '#shared/contracts/image-ref.js';

export const cameraEventSchema = z.strictObject({
  cameraId: cameraIdSchema,
  /** When the picture was taken: ISO 8601 with zone. */
  observedAt: z.iso.datetime({ offset: true, message: 'expected ISO 8601 with a zone' }),
  /** An object that is in a store already; otherwise the image comes as a multipart field. */
  image: z.strictObject({ store: storeNameSchema, key: z.string().min(1).max(1024) }).optional(),
});
export type CameraEvent = z.output<typeof cameraEventSchema>;
