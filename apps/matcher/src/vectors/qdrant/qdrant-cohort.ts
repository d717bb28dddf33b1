import { type QdrantClient } from '@qdrant/js-client-rest';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { assertDimension, type Cohort, type CohortQuery } from '../vector-store.port.js';
import { ensureCollection, exists, type CollectionLayout, askQdrant } from './qdrant-collection.js';
import { exceptCohort, ofCohort } from './qdrant-points.js';
import { countPoints, deletePoints, upsertPoints } from './qdrant-requests.js';

/** Cohorts are small: comparing with all of them gives the same statistics on every server. */
const SEARCH_PARAMS = { exact: true };

const batchSchema = z.array(z.object({ points: z.array(z.object({ score: z.number() })) }));

/**
 * The strangers that scores are normalised by, in Qdrant. Every point and every search carries the
 * cohort's sha256: while two matchers disagree on the cohort, neither is answered from the other's.
 */
export class QdrantCohort {
  constructor(
    private readonly client: QdrantClient,
    private readonly layout: Omit<CollectionLayout, 'indexes' | 'large'>,
  ) {}

  async put(cohort: Cohort | null): Promise<void> {
    const { client, layout } = this;
    for (const vector of cohort?.vectors ?? []) assertDimension(vector, layout.dimension);
    if (cohort) {
      await askQdrant(() => ensureCollection(client, this.collection));
      await this.upsert(cohort);
    } else if (!(await askQdrant(() => exists(client, layout.name)))) {
      return;
    }
    await deletePoints(client, layout.name, exceptCohort(cohort?.sha256 ?? null));
  }

  async search(sha256: string, queries: readonly CohortQuery[]): Promise<number[][]> {
    if (queries.length === 0) return [];
    const searches = queries.map(({ vector, limit }) => {
      assertDimension(vector, this.layout.dimension);
      const query = Array.from(vector);
      return { query, filter: ofCohort(sha256), params: SEARCH_PARAMS, limit };
    });
    const answer = await askQdrant(() => this.client.queryBatch(this.layout.name, { searches }));
    return batchSchema.parse(answer).map(({ points }) => points.map(({ score }) => score));
  }

  private get collection(): CollectionLayout {
    return { ...this.layout, indexes: { cohort: { type: 'keyword' } }, large: false };
  }

  /** A matcher that was killed halfway leaves a part, which is then written again. */
  private async upsert({ sha256, vectors }: Cohort): Promise<void> {
    const { client, layout } = this;
    const there = await countPoints(client, layout.name, ofCohort(sha256));
    if (there === vectors.length) return;
    const points = vectors.map((vector, place) => ({
      id: pointIdOf(sha256, place),
      vector,
      cohort: sha256,
    }));
    await upsertPoints(client, layout.name, points);
  }
}

function pointIdOf(sha256: string, place: number): string {
  return createHash('sha256').update(`${sha256}/${place}`).digest('hex').slice(0, 32);
}
