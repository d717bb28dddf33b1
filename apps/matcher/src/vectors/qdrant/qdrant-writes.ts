import { type QdrantClient, type Schemas } from '@qdrant/js-client-rest';
import { z } from 'zod';
import { askQdrant } from './qdrant-errors.js';
import { toPoint, type PointRecord } from './qdrant-points.js';
import { storeUnavailable } from '../vector-store.errors.js';

/** Points in one request: 256 of 512 numbers are some 3 MB of JSON, Qdrant takes 32 MB. */
const POINTS_PER_REQUEST = 256;

const updateSchema = z.object({ status: z.string() });
const updatesSchema = z.union([
  updateSchema.transform((update) => [update]),
  z.array(updateSchema),
]);

/** Runs a write, or a batch of them, and makes sure that it was applied, not only queued. */
export async function write(request: () => Promise<unknown>): Promise<void> {
  const updates = updatesSchema.parse(await askQdrant(request));
  const queued = updates.find(({ status }) => status !== 'completed');
  if (!queued) return;
  throw storeUnavailable(`Qdrant has not applied a write in time (${queued.status})`);
}

interface PayloadUpdate {
  readonly filter: Schemas['Filter'];
  /** Fields that are replaced. */
  readonly payload: Record<string, unknown>;
}

/** Replaces fields of the points that pass each filter, in as few requests as may be. */
export async function setPayloads(
  client: QdrantClient,
  collection: string,
  updates: readonly PayloadUpdate[],
): Promise<void> {
  for (let start = 0; start < updates.length; start += POINTS_PER_REQUEST) {
    const operations = updates
      .slice(start, start + POINTS_PER_REQUEST)
      .map((update) => ({ set_payload: update }));
    await write(() => client.batchUpdate(collection, { operations, wait: true }));
  }
}

export async function upsertPoints(
  client: QdrantClient,
  collection: string,
  records: readonly PointRecord[],
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
