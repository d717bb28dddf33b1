import { z } from 'zod';
import { EVENT_STREAM_LENGTH } from '#shared/platform/ledger/keys.js';
import { deadLettersConfigShape } from '#shared/platform/ledger/letter-limits.js';
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
  MATCH_FALSE_ACCEPT_RATE: rateSchema
    .default(0.001)
    .describe(
      'False positive identification rate (FPIR): how often a face of a person who is not enrolled may be named, for the whole gallery (1:N). The larger the gallery, the higher the score that a name needs. 0.001 is one in a thousand.',
    ),
  VERIFY_FALSE_ACCEPT_RATE: rateSchema
    .default(0.001)
    .describe(
      'False accept rate of `POST /v1/verify` (1:1): how often two different people may be accepted as the same person.',
    ),
  MATCH_THRESHOLD: z.coerce
    .number()
    .optional()
    .describe(
      'Lowest accepted score, in the metric of the pack. It replaces the thresholds of the calibration, the rates and the size of the gallery. A pack without a calibration names nobody without this setting.',
    ),
  MATCH_GROUP: z
    .string()
    .default('all')
    .describe(
      'Whose thresholds are used: `all`, a group that the calibration names, or `strictest` for the highest threshold of all groups.',
    ),
  MATCH_MARGIN: z.coerce
    .number()
    .min(0)
    .optional()
    .describe(
      'Minimum lead of the best person over the second-best, in the metric of the pack. A smaller lead means unknown, `ambiguous`. Without it 0.05 for cosine similarity and 0.75 for normalised scores.',
    ),
  MATCHER_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(1024)
    .default(64)
    .describe(
      'Number of jobs in progress at the same time. Their searches go to the vector store together.',
    ),
  EVENT_STREAM_LENGTH: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(EVENT_STREAM_LENGTH)
    .describe(
      'Number of match events that are kept in Redis, about 1.2 kB each. A reader of `GET /v1/events` or a webhook that is behind by more events misses the oldest (`EVENTS_MISSED` in the log).',
    ),
  EVENT_STREAMS: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_000)
    .describe(
      'Maximum number of open `GET /v1/events` streams of a matcher; after that 429 `TOO_MANY_STREAMS`.',
    ),
  EVENT_STREAMS_PER_TENANT: z.coerce
    .number()
    .int()
    .min(1)
    .default(100)
    .describe(
      'Maximum number of open `GET /v1/events` streams of one tenant at a matcher; after that 429 `TOO_MANY_STREAMS`.',
    ),
  RETURN_TO_GALLERY: z
    .enum(['true', 'false'])
    .default('false')
    .describe(
      'With `true` a matcher that starts while the gallery belongs to another model space returns to the gallery of its own space, if that one still has everybody who is enrolled. `up` and `demo` set it, so that `models use` can return to the previous pack without a rebuild. Leave it off where matchers with different packs may run at the same time.',
    ),
  QUERY_DEADLINE_MS: z.coerce
    .number()
    .int()
    .min(100)
    .default(15_000)
    .describe(
      'Maximum time that verify, identify and enrolment wait for the embedder, milliseconds. After that the caller gets an error and can try again.',
    ),
  ...uploadConfigShape,
});
export type MatcherConfig = z.output<typeof matcherConfigSchema>;
