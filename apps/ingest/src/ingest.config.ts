import { z } from 'zod';
import { deadLettersConfigShape } from '#shared/platform/ledger/letter-limits.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
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
    /** Imports stop adding images while this many wait in the embed-image and match-faces queues. */
    HIGH_WATER: z.coerce.number().int().min(1).default(10_000),
    /** They go on once no more than this many wait. */
    LOW_WATER: z.coerce.number().int().min(0).default(5_000),
    /** Objects listed and added in one step; a crash repeats one step at most. */
    PAGE_SIZE: z.coerce.number().int().min(1).max(1_000).default(1_000),
    /** How often images without an outcome are looked for in the queues, milliseconds. */
    RECHECK_INTERVAL_MS: z.coerce.number().int().min(100).default(30_000),
    /** Days after its end that an import's counts are kept. */
    KEEP_IMPORTS_DAYS: z.coerce.number().int().min(1).default(90),
    /** Days after its end that its list of images without a sighting is kept: up to 18 MB an import. */
    KEEP_IMPORT_LOGS_DAYS: z.coerce.number().int().min(1).default(14),
    /** Camera events are turned away (503) while so many images of cameras and queries wait. */
    LIVE_HIGH_WATER: z.coerce.number().int().min(1).default(2_000),
    /**
     * Imports add nothing and camera events are turned away while Redis uses this share of its maxmemory:
     * what is left is room for the work in hand to end in.
     */
    REDIS_HIGH_WATER: z.coerce.number().positive().max(1).default(0.85),
    ...uploadConfigShape,
  })
  .refine(({ HIGH_WATER, LOW_WATER }) => LOW_WATER < HIGH_WATER, {
    path: ['LOW_WATER'],
    message: 'expected less than HIGH_WATER',
  });
export type IngestConfig = z.output<typeof ingestConfigSchema>;

export function loadIngestConfig(): Readonly<IngestConfig> {
  return loadConfig(ingestConfigSchema);
}
