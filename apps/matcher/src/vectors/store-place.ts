import path from 'node:path';
import { collectionPrefix, spaceSlug } from './space-slug.js';
import { type VectorStoreSettings } from './vector-store.config.js';

/** Folder of a model space's embedded store. */
export function embeddedFolder(
  { VECTORS_DIR }: Pick<VectorStoreSettings, 'VECTORS_DIR'>,
  space: string,
): string {
  return path.resolve(VECTORS_DIR, spaceSlug(space));
}

/** Where gallery and sightings of a model space lie, for a person who wants to drop them. */
export function describePlace(settings: VectorStoreSettings, space: string): string {
  return settings.QDRANT_URL === undefined
    ? `folder ${embeddedFolder(settings, space)}`
    : `Qdrant collections ${collectionPrefix(space)}…`;
}
