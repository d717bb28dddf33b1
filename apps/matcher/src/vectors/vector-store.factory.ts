import { existsSync } from 'node:fs';
import { EmbeddedVectorStore } from './embedded/embedded-vector-store.js';
import { askQdrant, connectQdrant } from './qdrant/qdrant-client.js';
import { exists } from './qdrant/qdrant-collection.js';
import { QdrantVectorStore } from './qdrant/qdrant-vector-store.js';
import {
  embeddedFolder,
  type VectorStoreSettings,
  collectionPrefix,
} from './vector-store.config.js';
import { type VectorStore } from './vector-store.port.js';

/** The store of a model space, not opened: Qdrant when QDRANT_URL is set, otherwise the embedded one. */
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

/** Whether the data of a space that was used before still exists: an operator may have deleted it. */
export async function storeExists(settings: VectorStoreSettings, space: string): Promise<boolean> {
  const { QDRANT_URL: url, QDRANT_API_KEY: apiKey, QDRANT_TIMEOUT_MS: timeoutMs } = settings;
  if (url === undefined) return existsSync(embeddedFolder(settings, space));
  const client = connectQdrant({ url, apiKey, timeoutMs });
  return askQdrant(() => exists(client, `${collectionPrefix(space)}templates`));
}
