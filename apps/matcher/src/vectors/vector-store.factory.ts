import path from 'node:path';
import { EmbeddedVectorStore } from './embedded-vector-store.js';
import { spaceSlug } from './space-slug.js';
import { type VectorStore } from './vector-store.port.js';

interface VectorStoreSettings {
  readonly VECTORS_DIR: string;
}

/** The store of a model space, not open yet. */
export function createVectorStore(
  settings: VectorStoreSettings,
  space: string,
  dimension: number,
): VectorStore {
  const folder = path.resolve(settings.VECTORS_DIR, spaceSlug(space));
  return new EmbeddedVectorStore({ folder, space, dimension });
}
