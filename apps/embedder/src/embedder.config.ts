import { z } from 'zod';
import { deadLettersConfigShape } from '#shared/platform/ledger/letter-limits.js';
import {
  queueConfigShape,
  networkConfigShape,
  redisConfigShape,
  port,
  serviceConfigShape,
} from '#shared/platform/settings/service.config.js';
import { storageConfigShape } from '#shared/platform/storage/storage.config.js';
import { inferenceConfigShape } from '#vision/inference.config.js';
import { checkEngineSettings } from '#vision/inference/choose-engine.js';

export const embedderConfigSchema = z
  .object({
    ...serviceConfigShape,
    ...redisConfigShape,
    ...queueConfigShape,
    ...networkConfigShape,
    ...storageConfigShape,
    ...inferenceConfigShape,
    ...deadLettersConfigShape,
    PORT: port(7002),
    /** Images in hand at once: enough for batches to fill. */
    EMBEDDER_CONCURRENCY: z.coerce.number().int().positive().default(32),
    /**
     * No image is embedded while Redis uses this share of its maxmemory: faces take more room than a
     * reference to an image, and the matcher needs some to end the work. More than ingest's of that name.
     */
    REDIS_HIGH_WATER: z.coerce.number().positive().max(1).default(0.92),
    /** Memory for image files in hand, bytes; one that takes more is fetched alone. */
    FETCH_MEMORY_BYTES: z.coerce
      .number()
      .int()
      .positive()
      .default(512 * 1024 ** 2),
  })
  .superRefine(checkEngineSettings)
  .refine((settings) => settings.PIXEL_MEMORY_BYTES >= 6 * settings.WORKING_SIDE ** 2, {
    path: ['PIXEL_MEMORY_BYTES'],
    message: 'must hold one picture of WORKING_SIDE twice: 6 × WORKING_SIDE² bytes or more',
  });
export type EmbedderConfig = z.infer<typeof embedderConfigSchema>;
