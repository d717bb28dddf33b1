import { type QdrantClient, type Schemas } from '@qdrant/js-client-rest';
import { z } from 'zod';
import { storeUnavailable } from '../vector-store.port.js';
import { askQdrant } from './qdrant-client.js';
import { fromPointId, toPointId, toPoint, type PointRecord } from './qdrant-points.js';

interface ScrollRequest {
  readonly filter: Schemas['Filter'];
  readonly limit: number;
  readonly withVector: boolean;
  /** First id of the page. */
  readonly from: string | null;
}

const PAGE_SIZE = 256;

const pageSchema = z.object({
  points: z.array(z.unknown()),
  next_page_offset: z
    .string()
    .nullish()
    .transform((pointId) => (pointId ? fromPointId(pointId) : null)),
});

const idsSchema = z.object({
  points: z.array(z.object({ id: z.string().transform(fromPointId) })),
});

const countSchema = z.object({ count: z.number() });

/** Exact number of points that match the filter. */
export async function countPoints(
  client: QdrantClient,
  collection: string,
  filter: Schemas['Filter'],
): Promise<number> {
  const answer = await askQdrant(() => client.count(collection, { filter, exact: true }));
  return countSchema.parse(answer).count;
}

/** All points that match the filter, with vectors, in the order of their ids. */
export async function scrollAll(
  client: QdrantClient,
  collection: string,
  filter: Schemas['Filter'],
): Promise<unknown[]> {
  const all: unknown[] = [];
  let from: string | null = null;
  do {
    const page: { points: unknown[]; next: string | null } = await scrollPage(client, collection, {
      filter,
      limit: PAGE_SIZE,
      withVector: true,
      from,
    });
    all.push(...page.points);
    from = page.next;
  } while (from !== null);
  return all;
}

/** Ids of at most `limit` points that match the filter. */
export async function scrollIds(
  client: QdrantClient,
  collection: string,
  filter: Schemas['Filter'],
  limit: number,
): Promise<string[]> {
  const answer = await askQdrant(() =>
    client.scroll(collection, { filter, limit, with_payload: false, with_vector: false }),
  );
  return idsSchema.parse(answer).points.map(({ id }) => id);
}

/** A page of points in the order of their ids. `next` is the first id of the next page, null at the end. */
export async function scrollPage(
  client: QdrantClient,
  collection: string,
  { filter, limit, withVector, from }: ScrollRequest,
): Promise<{ points: unknown[]; next: string | null }> {
  const answer = await askQdrant(() =>
    client.scroll(collection, {
      filter,
      limit,
      with_payload: true,
      with_vector: withVector,
      ...(from !== null && { offset: toPointId(from) }),
    }),
  );
  const { points, next_page_offset: next } = pageSchema.parse(answer);
  return { points, next };
}

/** Points in one request: 256 vectors of 512 numbers are about 3 MB of JSON. Qdrant's limit is 32 MB. */
const POINTS_PER_REQUEST = 256;

const updateSchema = z.object({ status: z.string() });
const updatesSchema = z.union([
  updateSchema.transform((update) => [update]),
  z.array(updateSchema),
]);

/** Runs a write or a batch of writes. Throws when Qdrant has only queued it, and not applied it in time. */
export async function write(request: () => Promise<unknown>): Promise<void> {
  const updates = updatesSchema.parse(await askQdrant(request));
  const queued = updates.find(({ status }) => status !== 'completed');
  if (!queued) return;
  throw storeUnavailable(`Qdrant did not apply a write in time (${queued.status})`);
}

interface PayloadUpdate {
  readonly filter: Schemas['Filter'];
  /** Replaces these fields and keeps the others. */
  readonly payload: Record<string, unknown>;
}

/** Replaces payload fields of the points that match each filter, with few requests. */
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
  // When a point is in the list twice, the last one counts.
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
