import { z } from 'zod';

const MIB = 1024 * 1024;

/** Settings of a service that takes images over HTTP. */
export const uploadConfigShape = {
  /** Largest image that the API takes, bytes. */
  MAX_UPLOAD_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(32 * MIB),
  /** Requests with images that are answered at once, and bytes of theirs in memory; the rest gets 503. */
  UPLOADS_AT_ONCE: z.coerce.number().int().min(1).default(200),
  UPLOAD_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(512 * MIB),
};
