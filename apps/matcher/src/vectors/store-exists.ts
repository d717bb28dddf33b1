import { existsSync } from 'node:fs';
import { connectQdrant } from './qdrant/qdrant-client.js';
import { exists } from './qdrant/qdrant-collection.js';
import { askQdrant } from './qdrant/qdrant-errors.js';
import { collectionPrefix } from './space-slug.js';
import { embeddedFolder } from './store-place.js';
import { type VectorStoreSettings } from './vector-store.config.js';

/** Whether there is a store of a space that was in use before: it may have been dropped since. */
export async function storeExists(settings: VectorStoreSettings, space: string): Promise<boolean> {
  const { QDRANT_URL: url, QDRANT_API_KEY: apiKey, QDRANT_TIMEOUT_MS: timeoutMs } = settings;
  if (url === undefined) return existsSync(embeddedFolder(settings, space));
  const client = connectQdrant({ url, apiKey, timeoutMs });
  return askQdrant(() => exists(client, `${collectionPrefix(space)}templates`));
}
