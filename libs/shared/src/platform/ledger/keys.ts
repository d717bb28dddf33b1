import { KEY_PREFIX } from '../queue/redis.js';

/** Redis keys of dead letters. */
export const deadLetterKeys = {
  /** Hash of all tenants' letters by id: see encodeLetter. */
  letters: `${KEY_PREFIX}:dead-letters`,
  /** Sorted set of `DIEDAT:ID`, all of score 0: oldest first. */
  index: (tenant: string) => `${KEY_PREFIX}:dead-letters:index:${tenant}`,
  /** Hash of `CODE STAGE` to how many there are, and `forgotten`. */
  counts: (tenant: string) => `${KEY_PREFIX}:dead-letters:counts:${tenant}`,
  /** How often a letter was replayed, kept while it may come back. */
  replays: (id: string) => `${KEY_PREFIX}:dead-letters:replays:${id}`,
};

/**
 * Redis stream of match events. Entry fields: `tenant`, `event` (CloudEvents 1.0 JSON), and
 * `traceparent` (W3C trace context) where the image's trace is kept.
 */
export const EVENT_STREAM = `${KEY_PREFIX}:events`;
/** Entries it is trimmed to, about, unless a setting says otherwise: some 0.25 GB. */
export const EVENT_STREAM_LENGTH = 200_000;

/** Redis keys of an import; its id is the number that the ledger knows it by. */
export const importKeys = {
  sequence: `${KEY_PREFIX}:import-sequence`,
  index: `${KEY_PREFIX}:imports`,
  state: (id: string) => `${KEY_PREFIX}:import:${id}`,
  counts: (id: string) => `${KEY_PREFIX}:import:${id}:counts`,
  /** Images without a sighting (faceless, refused, failed), one stream entry each. */
  log: (id: string) => `${KEY_PREFIX}:import:${id}:log`,
};
