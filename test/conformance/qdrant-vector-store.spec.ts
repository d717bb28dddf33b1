import { afterAll, afterEach, expect } from '@jest/globals';
import { QdrantClient } from '@qdrant/js-client-rest';
import { QdrantVectorStore } from '../../apps/matcher/src/vectors/qdrant/qdrant-vector-store.js';
import { startQdrantDouble, type QdrantDouble } from '../support/qdrant-double.js';
import { vectorStoreConformance } from './vector-store.conformance.js';

/** A running Qdrant that is tested instead of the double. Its test collections are deleted. */
const realUrl = process.env.SIGHTLINE_TEST_QDRANT_URL;
const realKey = process.env.SIGHTLINE_TEST_QDRANT_API_KEY;

let double: QdrantDouble | undefined;
let url: string;

afterEach(() => expect(double?.violations ?? []).toEqual([]));

vectorStoreConformance(realUrl ? `Qdrant at ${realUrl}` : 'the Qdrant store', {
  async start() {
    if (realUrl) {
      url = realUrl;
      return;
    }
    double = await startQdrantDouble({ openApiFile: process.env.SIGHTLINE_QDRANT_OPENAPI });
    url = double.url;
  },
  connect(space, dimension) {
    const server = { url, apiKey: realKey, timeoutMs: 10_000 };
    return new QdrantVectorStore({ server, space, dimension });
  },
  async stop() {
    await double?.stop();
  },
});

afterAll(async () => {
  if (!realUrl) return;
  const client = new QdrantClient({ url: realUrl, ...(realKey && { apiKey: realKey }) });
  const { collections } = await client.getCollections();
  for (const { name } of collections) {
    if (name.startsWith('sightline_test-')) await client.deleteCollection(name);
  }
});
