import { KEY_PREFIX } from '#shared/platform/queue/redis.js';

const LOST = 'lost:';
const PREFIX = `${KEY_PREFIX}:gallery`;

/** Redis keys of the state of all galleries. */
export const galleryKeys = {
  /** Hash: tenant → model space of the tenant's gallery, or what lostEntry or UNRECORDED says. */
  spaces: `${PREFIX}:spaces`,
  /** Hash: every model space that a matcher has ever used → its dimension. */
  everUsed: `${PREFIX}:ever-used`,
  /** Set when the galleries of versions that did not record spaces have been checked. */
  recorded: `${PREFIX}:recorded`,
  /** Hash: tenant → '1' if its gallery has templates in this space, '0' if it may have none. */
  templates: (space: string) => `${PREFIX}:templates:${space}`,
  /** Hash: progress of the gallery's rebuild in this space. */
  rebuild: (space: string) => `${PREFIX}:rebuild:${space}`,
  /** Set of `tenant person`: people who are not rebuilt yet. */
  left: (space: string) => `${PREFIX}:rebuild:${space}:left`,
  /** Hash: `tenant person key` → why the photograph could not be embedded. */
  failures: (space: string) => `${PREFIX}:rebuild:${space}:failures`,
};

/** Value for a gallery of this space whose templates the vector store has lost. */
export function lostEntry(space: string): string {
  return `${LOST}${space}`;
}

/** The space of a gallery that is lost; null for one that is not. */
export function lostSpace(entry: string): string | null {
  return entry.startsWith(LOST) ? entry.slice(LOST.length) : null;
}

/** Value for a gallery that was enrolled before spaces were recorded, in another space than the current one. */
export const UNRECORDED = '?';
