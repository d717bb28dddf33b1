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
    EMBEDDER_CONCURRENCY: z.coerce
      .number()
      .int()
      .positive()
      .default(32)
      .describe(
        'Number of jobs in progress at the same time. Keep it larger than `BATCH_SIZE`, or batches do not fill.',
      ),
    REDIS_HIGH_WATER: z.coerce
      .number()
      .positive()
      .max(1)
      .default(0.92)
      .describe(
        "Share of Redis' `maxmemory` above which the embedder pauses. Faces need more memory than references to images, and the matcher needs the rest to finish its jobs. Keep it above ingest's setting of the same name.",
      ),
    FETCH_MEMORY_BYTES: z.coerce
      .number()
      .int()
      .positive()
      .default(512 * 1024 ** 2)
      .describe(
        'Maximum memory for image files in progress, bytes. A file that is larger is fetched alone.',
      ),
  })
  .superRefine(checkEngineSettings)
  .refine((settings) => settings.PIXEL_MEMORY_BYTES >= 6 * settings.WORKING_SIDE ** 2, {
    path: ['PIXEL_MEMORY_BYTES'],
    message: 'expected at least 6 × WORKING_SIDE² bytes, which is two images of that side',
  });
export type EmbedderConfig = z.infer<typeof embedderConfigSchema>;
