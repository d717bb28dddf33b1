import { type QdrantClient } from '@qdrant/js-client-rest';
import { z } from 'zod';
import {
  assertDimension,
  type Scored,
  type StoredTemplate,
  type Template,
  type TemplateQuery,
  type TemplateStatistics,
} from '../vector-store.port.js';
import { askQdrant } from './qdrant-client.js';
import { type CollectionLayout } from './qdrant-collection.js';
import {
  ofPeople,
  ofPerson,
  ofPoints,
  ofTenant,
  readScoredTemplate,
  readTemplate,
} from './qdrant-points.js';
import {
  countPoints,
  scrollAll,
  deletePoints,
  setPayloads,
  upsertPoints,
} from './qdrant-requests.js';

const KEYWORD = { type: 'keyword' } as const;

/** A wide search: if it misses a template, a person is not recognised. */
const SEARCH_PARAMS = { hnsw_ef: 256 };

const batchSchema = z.array(z.object({ points: z.array(z.unknown()) }));
const facetSchema = z.object({
  hits: z.array(z.object({ value: z.string(), count: z.number() })),
});

/** The galleries of all tenants in a model space. */
export class QdrantTemplates {
  constructor(
    private readonly client: QdrantClient,
    private readonly layout: Omit<CollectionLayout, 'indexes' | 'large'>,
  ) {}

  get collection(): CollectionLayout {
    const indexes = { tenant: { ...KEYWORD, is_tenant: true }, personId: KEYWORD };
    return { ...this.layout, indexes, large: false };
  }

  async upsert(templates: readonly StoredTemplate[]): Promise<void> {
    for (const { vector } of templates) assertDimension(vector, this.layout.dimension);
    await upsertPoints(this.client, this.layout.name, templates);
  }

  async search(queries: readonly TemplateQuery[]): Promise<Scored<Template>[][]> {
    if (queries.length === 0) return [];
    const searches = queries.map(({ tenant, vector, limit }) => {
      assertDimension(vector, this.layout.dimension);
      return {
        query: Array.from(vector),
        filter: ofTenant(tenant),
        params: SEARCH_PARAMS,
        limit,
        with_payload: true,
      };
    });
    const answer = await askQdrant(() => this.client.queryBatch(this.layout.name, { searches }));
    return batchSchema.parse(answer).map(({ points }) => points.map(readScoredTemplate));
  }

  async list(tenant: string, personId: string): Promise<StoredTemplate[]> {
    const points = await scrollAll(this.client, this.layout.name, ofPerson(tenant, personId));
    return points.map(readTemplate).toSorted((a, b) => a.enrolledAt - b.enrolledAt);
  }

  async get(tenant: string, ids: readonly string[]): Promise<StoredTemplate[]> {
    if (ids.length === 0) return [];
    const points = await scrollAll(this.client, this.layout.name, ofPoints(tenant, ids));
    return points.map(readTemplate);
  }

  countGallery(tenant: string): Promise<number> {
    return countPoints(this.client, this.layout.name, ofTenant(tenant));
  }

  async setStatistics(
    tenant: string,
    statistics: ReadonlyMap<string, TemplateStatistics>,
  ): Promise<void> {
    const updates = [...statistics].map(([id, value]) => ({
      filter: ofPoints(tenant, [id]),
      payload: { statistics: value },
    }));
    await setPayloads(this.client, this.layout.name, updates);
  }

  async count(tenant: string, personIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const counts = new Map(personIds.map((personId) => [personId, 0]));
    if (counts.size === 0) return counts;
    const answer = await askQdrant(() =>
      this.client.facet(this.layout.name, {
        key: 'personId',
        filter: ofPeople(tenant, [...counts.keys()]),
        limit: counts.size,
        exact: true,
      }),
    );
    for (const { value, count } of facetSchema.parse(answer).hits) counts.set(value, count);
    return counts;
  }

  async delete(tenant: string, id: string): Promise<void> {
    await deletePoints(this.client, this.layout.name, ofPoints(tenant, [id]));
  }

  async deletePerson(tenant: string, personId: string): Promise<void> {
    await deletePoints(this.client, this.layout.name, ofPerson(tenant, personId));
  }
}
