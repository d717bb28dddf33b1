import { type QdrantClient, type Schemas } from '@qdrant/js-client-rest';
import { z } from 'zod';
import { askQdrant } from './qdrant-errors.js';
import { toPoint } from './qdrant-points.js';
import { storeUnavailable } from '../vector-store.errors.js';
import { type StoredSighting, type StoredTemplate } from '../vector-store.port.js';

/** Points in one request: 256 of 512 numbers are some 3 MB of JSON, Qdrant takes 32 MB. */
const POINTS_PER_REQUEST = 256;

const updateSchema = z.object({ status: z.string() });

/** Runs a write and makes sure that it was applied, not only queued. */
export async function write(request: () => Promise<unknown>): Promise<void> {
  const { status } = updateSchema.parse(await askQdrant(request));
  if (status === 'completed') return;
  throw storeUnavailable(`Qdrant has not applied a write in time (${status})`);
}

export async function upsertPoints(
  client: QdrantClient,
  collection: string,
  records: readonly (StoredTemplate | StoredSighting)[],
): Promise<void> {
  // The last of two writes of a point counts, also within one call.
  const latest = [...new Map(records.map((record) => [record.id, record])).values()];
  for (let start = 0; start < latest.length; start += POINTS_PER_REQUEST) {
    const points = latest.slice(start, start + POINTS_PER_REQUEST).map(toPoint);
    await write(() => client.upsert(collection, { points, wait: true }));
  }
}

export async function deletePoints(
  client: QdrantClient,
  collection: string,
  filter: Schemas['Filter'],
): Promise<void> {
  await write(() => client.delete(collection, { filter, wait: true }));
}
