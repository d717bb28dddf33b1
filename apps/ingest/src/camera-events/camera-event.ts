import { z } from 'zod';
import { storeNameSchema } from '#shared/contracts/image-ref.js';

/** Also a folder's name in the uploads store. */
const cameraIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._:@-]{0,127}$/, {
  message: 'a camera id is 1 to 128 letters, digits, blanks and . _ : @ -, a letter or digit first',
});

export const cameraEventSchema = z.strictObject({
  cameraId: cameraIdSchema,
  /** When the picture was taken: ISO 8601 with zone. */
  observedAt: z.iso.datetime({ offset: true, message: 'expected ISO 8601 with a zone' }),
  /** An object that is in a store already; otherwise the image comes as a multipart field. */
  image: z.strictObject({ store: storeNameSchema, key: z.string().min(1).max(1024) }).optional(),
});
export type CameraEvent = z.output<typeof cameraEventSchema>;
