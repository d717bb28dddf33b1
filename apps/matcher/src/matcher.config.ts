import { z } from 'zod';
import { EVENT_STREAM_LENGTH } from '#shared/platform/ledger/keys.js';
import { deadLettersConfigShape } from '#shared/platform/ledger/letter-limits.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import {
  queueConfigShape,
  networkConfigShape,
  redisConfigShape,
  modelConfigShape,
  port,
  serviceConfigShape,
  uploadConfigShape,
} from '#shared/platform/settings/service.config.js';
import { storageConfigShape } from '#shared/platform/storage/storage.config.js';
import { webhookConfigShape } from './events/webhook.config.js';
import { vectorStoreConfigShape } from './vectors/vector-store.config.js';

const rateSchema = z.coerce.number().positive().max(0.5);

export const matcherConfigSchema = z.object({
  ...serviceConfigShape,
  ...redisConfigShape,
  ...queueConfigShape,
  ...networkConfigShape,
  ...storageConfigShape,
  ...modelConfigShape,
  ...vectorStoreConfigShape,
  ...webhookConfigShape,
  ...deadLettersConfigShape,
  PORT: port(7003),
  /**
   * How often a face of somebody who is not enrolled may be given some name (1:N), whatever the size
   * of the gallery: the larger it is, the higher the score that a name needs.
   */
  MATCH_FALSE_ACCEPT_RATE: rateSchema.default(0.001),
  /** How often two people may pass as one in POST /v1/verify (1:1). */
  VERIFY_FALSE_ACCEPT_RATE: rateSchema.default(0.001),
  /**
   * Lowest score that is accepted, in the pack's metric, instead of the thresholds of its calibration;
   * rates and the size of the gallery play no part then. A pack without calibration needs it to name anyone.
   */
  MATCH_THRESHOLD: z.coerce.number().optional(),
  /** Whose thresholds: `all`, a group that the calibration names, or the `strictest` of them. */
  MATCH_GROUP: z.string().default('all'),
  /** Lead over the best other person that naming needs, in the pack's metric; each has a default. */
  MATCH_MARGIN: z.coerce.number().min(0).optional(),
  /** Images in hand at once; their searches go to the vector store together. */
  MATCHER_CONCURRENCY: z.coerce.number().int().min(1).max(1024).default(64),
  /**
   * Match events kept in Redis, about 1.2 kB each. A reader of GET /v1/events or a webhook's endpoint that
   * is away while more come misses the oldest.
   */
  EVENT_STREAM_LENGTH: z.coerce.number().int().min(1_000).default(EVENT_STREAM_LENGTH),
  /** How long verify, identify and enrolment wait for the embedder, milliseconds. */
  QUERY_DEADLINE_MS: z.coerce.number().int().min(100).default(15_000),
  ...uploadConfigShape,
});
export type MatcherConfig = z.output<typeof matcherConfigSchema>;

export function loadMatcherConfig(): Readonly<MatcherConfig> {
  return loadConfig(matcherConfigSchema);
}
