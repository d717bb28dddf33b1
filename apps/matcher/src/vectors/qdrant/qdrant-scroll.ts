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

const pageSchema = z.object({
  points: z.array(z.unknown()),
  next_page_offset: z
    .string()
    .nullish()
    .transform((pointId) => (pointId ? fromPointId(pointId) : null)),
});

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
