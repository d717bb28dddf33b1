import { type QdrantClient, type Schemas } from '@qdrant/js-client-rest';
import { z } from 'zod';
import { askQdrant } from './qdrant-errors.js';
import { fromPointId, toPointId } from './qdrant-points.js';

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

/** How many points pass the filter, exactly. */
export async function countPoints(
  client: QdrantClient,
  collection: string,
  filter: Schemas['Filter'],
): Promise<number> {
  const answer = await askQdrant(() => client.count(collection, { filter, exact: true }));
  return countSchema.parse(answer).count;
}

/** All points that pass the filter, with vectors, in the order of their ids. */
export async function scrollAll(
  client: QdrantClient,
  collection: string,
  filter: Schemas['Filter'],
): Promise<unknown[]> {
  const all: unknown[] = [];
  let from: string | null = null;
  do {
    const page: { points: unknown[]; next: string | null } = await scrollPage(client, collection, {
      ...{ filter, limit: PAGE_SIZE, withVector: true, from },
    });
    all.push(...page.points);
    from = page.next;
  } while (from !== null);
  return all;
}

/** Ids of at most `limit` points that pass the filter. */
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

/** A page of points in the order of their ids; `next` is the first id of the next page. */
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
