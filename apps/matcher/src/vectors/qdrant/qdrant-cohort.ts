import { type QdrantClient } from '@qdrant/js-client-rest';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { assertDimension, type Cohort, type CohortQuery } from '../vector-store.port.js';
import { askQdrant } from './qdrant-client.js';
import { ensureCollection, exists, type CollectionLayout } from './qdrant-collection.js';
import { exceptCohort, ofCohort } from './qdrant-points.js';
import { countPoints, deletePoints, upsertPoints } from './qdrant-requests.js';

/** Exact search: every server gives the same statistics. A cohort is small enough. */
const SEARCH_PARAMS = { exact: true };

const batchSchema = z.array(z.object({ points: z.array(z.object({ score: z.number() })) }));

/**
 * The strangers that scores are normalised by. Every point and every search has the cohort's sha256, so
 * that two matchers with different cohorts never get each other's similarities.
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

  /** Writes all points again when some are missing, for example because a matcher was killed. */
  private async upsert({ sha256, vectors }: Cohort): Promise<void> {
    const { client, layout } = this;
    const stored = await countPoints(client, layout.name, ofCohort(sha256));
    if (stored === vectors.length) return;
    const points = vectors.map((vector, index) => ({
      id: pointIdOf(sha256, index),
      vector,
      cohort: sha256,
    }));
    await upsertPoints(client, layout.name, points);
  }
}

function pointIdOf(sha256: string, index: number): string {
  return createHash('sha256').update(`${sha256}/${index}`).digest('hex').slice(0, 32);
}
