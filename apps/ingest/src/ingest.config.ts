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
import { parseIgnored } from './imports/ignored-names.js';

/** Hidden files, and what network drives, operating systems and photo programs keep beside photographs. */
const IGNORED =
  '.*,@eaDir,#recycle,#snapshot,$RECYCLE.BIN,System Volume Information,lost+found,__MACOSX,Thumbs.db,ehthumbs.db,desktop.ini';

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
        'Number of waiting jobs (`embed-image` and `match-faces` together) at which imports stop adding images. The rest of an archive waits in its store, not in Redis. While several tenants import, each has an equal share of this and of `LOW_WATER`; a tenant below its share of `LOW_WATER` may add even when others have filled the queue.',
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
    IGNORE: z
      .string()
      .default(IGNORED)
      .transform(parseIgnored)
      .describe(
        'Names that imports skip: glob patterns, comma-separated. A pattern without `/` is compared with the name of each file and folder, one with `/` with the path from the root of the store; what is in such a folder is skipped too. Case does not matter. `none` skips nothing. Skipped files are counted, and `sightline imports skipped ID` lists them.',
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
        "Days that a finished import's lists of images without a sighting and of skipped objects are kept; up to 18 MB for each list.",
      ),
    LIVE_HIGH_WATER: z.coerce
      .number()
      .int()
      .min(1)
      .default(2_000)
      .describe(
        'Number of waiting images of cameras and queries at which camera events are refused with 503 `BACKPRESSURE`.',
      ),
    CAMERA_CLOCK_SKEW_MS: z.coerce
      .number()
      .int()
      .min(0)
      .default(300_000)
      .describe(
        'How far in the future the `observedAt` of a camera event may be, milliseconds; the clocks of cameras are not exact. A later one is refused with 422 `OBSERVED_IN_FUTURE`.',
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
