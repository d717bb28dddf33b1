// Makes a snapshot of every collection on every Qdrant node. Each node keeps the newest SNAPSHOTS_KEPT snapshots.
import { z } from 'zod';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { connectQdrant } from '../dist/apps/matcher/src/vectors/qdrant/qdrant-client.js';

const settings = loadConfig(
  z.object({
    /** URLs of all nodes, separated by commas. A snapshot holds only the shards of its own node. */
    QDRANT_NODE_URLS: z.string().transform((text) => text.split(',')),
    QDRANT_API_KEY: z.string().optional(),
    /** Number of snapshots of a collection that each node keeps. */
    SNAPSHOTS_KEPT: z.coerce.number().int().min(1).default(7),
    /** Time limit for making a snapshot, milliseconds. */
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
    const old = await snapshotsToDelete(client, name);
    for (const snapshot of old) await client.deleteSnapshot(name, snapshot);
    process.stdout.write(`${url} ${name}: made ${made?.name}, deleted ${old.length}\n`);
  }
}

/** Names of the snapshots beyond SNAPSHOTS_KEPT. */
async function snapshotsToDelete(client, collection) {
  const snapshots = await client.listSnapshots(collection);
  const newestFirst = snapshots.sort((a, b) =>
    (b.creation_time ?? '').localeCompare(a.creation_time ?? ''),
  );
  return newestFirst.slice(settings.SNAPSHOTS_KEPT).map(({ name }) => name);
}
