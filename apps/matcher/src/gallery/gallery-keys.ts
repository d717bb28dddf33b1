import { KEY_PREFIX } from '#shared/queue/redis-connection.js';

const PREFIX = `${KEY_PREFIX}:gallery`;

/** Redis keys of what is known of the gallery as a whole. */
export const galleryKeys = {
  /** Hash: tenant → model space that the tenant's gallery is of. */
  spaces: `${PREFIX}:spaces`,
  /** Hash: every model space that a matcher ever worked in → its dimension. */
  everUsed: `${PREFIX}:ever-used`,
  /** Set once galleries from before spaces were recorded have been looked at. */
  recorded: `${PREFIX}:recorded`,
  /** Hash: how far embedding the gallery again in this space is. */
  rebuild: (space: string) => `${PREFIX}:rebuild:${space}`,
  /** Set of `tenant person`: who is still to be embedded. */
  left: (space: string) => `${PREFIX}:rebuild:${space}:left`,
  /** Hash: `tenant person key` → why the photograph could not be embedded. */
  failures: (space: string) => `${PREFIX}:rebuild:${space}:failures`,
};
