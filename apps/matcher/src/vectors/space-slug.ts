import { createHash } from 'node:crypto';

/**
 * A model space as part of a folder's or collection's name: readable, and unlike any other space's
 * (`a.b@1+c` and `a-b@1+c` read the same, their digests do not).
 */
export function spaceSlug(space: string): string {
  const readable = space.replaceAll(/[^a-z0-9]+/g, '-');
  const digest = createHash('sha256').update(space).digest('hex').slice(0, 8);
  return `${readable}-${digest}`;
}

/** What the names of a space's Qdrant collections begin with. */
export function collectionPrefix(space: string): string {
  return `sightline_${spaceSlug(space)}_`;
}
