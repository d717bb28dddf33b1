import { EmbeddedVectorStore } from '../../apps/matcher/src/vectors/embedded/embedded-vector-store.js';
import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';

/** Opens the matcher's embedded vector store, for processes that measure it or that are killed while they use it. */
export function embeddedStore(folder: string, space: string, dimension: number): VectorStore {
  return new EmbeddedVectorStore({ folder, space, dimension });
}
