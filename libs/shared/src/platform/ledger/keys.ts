import { KEY_PREFIX } from '../queue/redis.js';

/** Redis keys of dead letters. */
export const deadLetterKeys = {
  /** Hash of the letters of all tenants by id; parseKeptLetter reads a value. */
  letters: `${KEY_PREFIX}:dead-letters`,
  /** Sorted set of `DIEDAT:ID`, all with score 0: oldest first. */
  index: (tenant: string) => `${KEY_PREFIX}:dead-letters:index:${tenant}`,
  /** Hash: number of letters by `CODE STAGE`, and `forgotten`. */
  counts: (tenant: string) => `${KEY_PREFIX}:dead-letters:counts:${tenant}`,
  /** How often a letter was replayed; kept as long as the job may fail again. */
  replays: (id: string) => `${KEY_PREFIX}:dead-letters:replays:${id}`,
};

/**
 * Redis stream of match events. Entry fields: `tenant`, `event` (CloudEvents 1.0 JSON), and
 * `traceparent` (W3C trace context) if the trace of the image is exported.
 */
export const EVENT_STREAM = `${KEY_PREFIX}:events`;
/** By default the stream is trimmed to about this many entries, about 0.25 GB. */
export const EVENT_STREAM_LENGTH = 200_000;

/** Redis keys of an import. Its id is also its number in the ledger. */
export const importKeys = {
  sequence: `${KEY_PREFIX}:import-sequence`,
  index: `${KEY_PREFIX}:imports`,
  state: (id: string) => `${KEY_PREFIX}:import:${id}`,
  counts: (id: string) => `${KEY_PREFIX}:import:${id}:counts`,
  /** Stream with one entry for each image without a sighting (faceless, refused, failed). */
  log: (id: string) => `${KEY_PREFIX}:import:${id}:log`,
  /** Stream with one entry for each object that the import did not look at. */
  skipped: (id: string) => `${KEY_PREFIX}:import:${id}:skipped`,
};
