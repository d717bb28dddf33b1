import { KEY_PREFIX } from '../queue/redis-connection.js';

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
