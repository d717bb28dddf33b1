import { EmbeddedVectorStore } from './embedded/embedded-vector-store.js';
import { QdrantVectorStore } from './qdrant/qdrant-vector-store.js';
import { embeddedFolder } from './store-place.js';
import { type VectorStoreSettings } from './vector-store.config.js';
import { type VectorStore } from './vector-store.port.js';

/** The store of a model space, not open yet: Qdrant when QDRANT_URL is set, else embedded. */
export function createVectorStore(
  settings: VectorStoreSettings,
  space: string,
  dimension: number,
): VectorStore {
  const { QDRANT_URL: url } = settings;
  if (url !== undefined) {
    return new QdrantVectorStore({
      server: { url, apiKey: settings.QDRANT_API_KEY, timeoutMs: settings.QDRANT_TIMEOUT_MS },
      space,
      dimension,
      shards: settings.QDRANT_SHARDS,
      replicas: settings.QDRANT_REPLICAS,
    });
  }
  return new EmbeddedVectorStore({
    folder: embeddedFolder(settings, space),
    space,
    dimension,
    cacheBytes: settings.VECTORS_CACHE_BYTES,
  });
}
