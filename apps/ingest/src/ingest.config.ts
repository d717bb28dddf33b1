import { z } from 'zod';
import { deadLettersConfigShape } from '#shared/platform/ledger/letter-limits.js';
import {
  adminConfigShape,
  networkConfigShape,
  redisConfigShape,
  uploadConfigShape,
  modelConfigShape,
  port,
  serviceConfigShape,
} from '#shared/platform/settings/service.config.js';
import { storageConfigShape } from '#shared/platform/storage/storage.config.js';

export const ingestConfigSchema = z
  .object({
    ...serviceConfigShape,
    ...redisConfigShape,
    ...networkConfigShape,
    ...storageConfigShape,
    ...modelConfigShape,
    ...deadLettersConfigShape,
    ...adminConfigShape,
    PORT: port(7001),
    HIGH_WATER: z.coerce
      .number()
      .int()
      .min(1)
      .default(10_000)
      .describe(
        'Number of waiting jobs (`embed-image` and `match-faces` together) at which imports stop adding images. The rest of an archive waits in its store, not in Redis.',
      ),
    LOW_WATER: z.coerce
      .number()
      .int()
      .min(0)
      .default(5_000)
      .describe(
        'Number of waiting jobs at which imports add images again. Must be less than `HIGH_WATER`.',
      ),
    PAGE_SIZE: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(1_000)
      .describe(
        'Number of objects that an import lists and adds in one step. After a crash at most one step is repeated.',
      ),
    RECHECK_INTERVAL_MS: z.coerce
      .number()
      .int()
      .min(100)
      .default(30_000)
      .describe(
        'Interval at which an import checks that its images without an outcome still have a job, milliseconds.',
      ),
    KEEP_IMPORTS_DAYS: z.coerce
      .number()
      .int()
      .min(1)
      .default(90)
      .describe('Days that the counts of a finished import are kept.'),
    KEEP_IMPORT_LOGS_DAYS: z.coerce
      .number()
      .int()
      .min(1)
      .default(14)
      .describe(
        "Days that a finished import's list of images without a sighting is kept; up to 18 MB per import.",
      ),
    LIVE_HIGH_WATER: z.coerce
      .number()
      .int()
      .min(1)
      .default(2_000)
      .describe(
        'Number of waiting images of cameras and queries at which camera events are refused with 503 `BACKPRESSURE`.',
      ),
    REDIS_HIGH_WATER: z.coerce
      .number()
      .positive()
      .max(1)
      .default(0.85)
      .describe(
        "Share of Redis' `maxmemory` above which imports add nothing and camera events are refused with 503 `BACKPRESSURE`. The rest of the memory is for jobs in progress to finish.",
      ),
    ...uploadConfigShape,
  })
  .refine(({ HIGH_WATER, LOW_WATER }) => LOW_WATER < HIGH_WATER, {
    path: ['LOW_WATER'],
    message: 'must be less than HIGH_WATER',
  });
export type IngestConfig = z.output<typeof ingestConfigSchema>;
