import { KEY_PREFIX } from '../queue/redis-connection.js';

/** Redis keys of an import; its id is the number that the ledger knows it by. */
export const importKeys = {
  sequence: `${KEY_PREFIX}:import-sequence`,
  index: `${KEY_PREFIX}:imports`,
  state: (id: string) => `${KEY_PREFIX}:import:${id}`,
  counts: (id: string) => `${KEY_PREFIX}:import:${id}:counts`,
  /** Images without a sighting (faceless, refused, failed), one stream entry each. */
  log: (id: string) => `${KEY_PREFIX}:import:${id}:log`,
};
