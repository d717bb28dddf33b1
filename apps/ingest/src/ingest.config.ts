import { z } from 'zod';
import { deadLettersConfigShape } from '#shared/config/dead-letters.config.js';
import { loadConfig } from '#shared/config/load-config.js';
import { redisConfigShape } from '#shared/config/redis.config.js';
import { modelConfigShape, port, serviceConfigShape } from '#shared/config/service.config.js';
import { storageConfigShape } from '#shared/config/storage.config.js';

export const ingestConfigSchema = z
  .object({
    ...serviceConfigShape,
    ...redisConfigShape,
    ...storageConfigShape,
    ...modelConfigShape,
    ...deadLettersConfigShape,
    PORT: port(7001),
    /** Imports stop adding images while this many wait in the embed-image and match-faces queues. */
    HIGH_WATER: z.coerce.number().int().min(1).default(10_000),
    /** They go on once no more than this many wait. */
    LOW_WATER: z.coerce.number().int().min(0).default(5_000),
    /** Objects listed and added in one step; a crash repeats one step at most. */
    PAGE_SIZE: z.coerce.number().int().min(1).max(1_000).default(1_000),
    /** How often images without an outcome are looked for in the queues, milliseconds. */
    RECHECK_INTERVAL_MS: z.coerce.number().int().min(100).default(30_000),
    /** Days after its end that an import's counts and list of images are kept. */
    KEEP_IMPORTS_DAYS: z.coerce.number().int().min(1).default(90),
    /** Largest snapshot that POST /v1/camera-events takes, bytes. */
    MAX_UPLOAD_BYTES: z.coerce
      .number()
      .int()
      .positive()
      .default(32 * 1024 * 1024),
  })
  .refine(({ HIGH_WATER, LOW_WATER }) => LOW_WATER < HIGH_WATER, {
    path: ['LOW_WATER'],
    message: 'expected less than HIGH_WATER',
  });
export type IngestConfig = z.output<typeof ingestConfigSchema>;

export function loadIngestConfig(): Readonly<IngestConfig> {
  return loadConfig(ingestConfigSchema);
}
