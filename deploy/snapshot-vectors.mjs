// Snapshots every collection on every Qdrant node, and deletes each node's oldest beyond SNAPSHOTS_KEPT.
import { z } from 'zod';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { connectQdrant } from '../dist/apps/matcher/src/vectors/qdrant/qdrant-client.js';

const settings = loadConfig(
  z.object({
    /** Each node's own URL, comma-separated: a snapshot holds the shards of the node that makes it. */
    QDRANT_NODE_URLS: z.string().transform((text) => text.split(',')),
    QDRANT_API_KEY: z.string().optional(),
    /** How many of a collection every node keeps. */
    SNAPSHOTS_KEPT: z.coerce.number().int().min(1).default(7),
    /** How long making one may take, milliseconds. */
    SNAPSHOT_TIMEOUT_MS: z.coerce.number().int().positive().default(3_600_000),
  }),
);

for (const url of settings.QDRANT_NODE_URLS) {
  const client = connectQdrant({
    url,
    apiKey: settings.QDRANT_API_KEY,
    timeoutMs: settings.SNAPSHOT_TIMEOUT_MS,
  });
  const { collections } = await client.getCollections();
  for (const { name } of collections) {
    const made = await client.createSnapshot(name);
    const stale = await beyondKept(client, name);
    for (const snapshot of stale) await client.deleteSnapshot(name, snapshot);
    process.stdout.write(`${url} ${name}: made ${made?.name}, deleted ${stale.length}\n`);
  }
}

/** Names of the snapshots of a collection that are too many. */
async function beyondKept(client, collection) {
  const snapshots = await client.listSnapshots(collection);
  const newestFirst = snapshots.sort((a, b) =>
    (b.creation_time ?? '').localeCompare(a.creation_time ?? ''),
  );
  return newestFirst.slice(settings.SNAPSHOTS_KEPT).map(({ name }) => name);
}
