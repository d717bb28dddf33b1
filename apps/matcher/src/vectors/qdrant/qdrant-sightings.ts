import { type QdrantClient } from '@qdrant/js-client-rest';
import {
  parseCursor,
  assertDimension,
  type Page,
  type Scored,
  type Sighting,
  type SightingExpiry,
  type SightingFilter,
  type StoredSighting,
} from '../vector-store.port.js';
import { askQdrant } from './qdrant-client.js';
import { type CollectionLayout } from './qdrant-collection.js';
import {
  ofExpired,
  ofPerson,
  ofPoints,
  ofSightings,
  readScoredSighting,
  readSighting,
  readVector,
} from './qdrant-points.js';
import {
  countPoints,
  scrollAll,
  scrollIds,
  scrollPage,
  deletePoints,
  upsertPoints,
  write,
} from './qdrant-requests.js';

const KEYWORD = { type: 'keyword' } as const;

const INDEXES = {
  tenant: { ...KEYWORD, is_tenant: true },
  personId: KEYWORD,
  cameraId: KEYWORD,
  'image.store': KEYWORD,
  observedAt: { type: 'integer', lookup: true, range: true },
  decidedAt: { type: 'integer', lookup: false, range: true },
} as const;

/** The small copies select twice as many candidates as wanted; then the full vectors give the scores. */
const SEARCH_PARAMS = { hnsw_ef: 256, quantization: { rescore: true, oversampling: 2 } };

/** All sightings of a model space. */
export class QdrantSightings {
  constructor(
    private readonly client: QdrantClient,
    private readonly layout: Omit<CollectionLayout, 'indexes' | 'large'>,
  ) {}

  get collection(): CollectionLayout {
    return { ...this.layout, indexes: INDEXES, large: true };
  }

  async upsert(sightings: readonly StoredSighting[]): Promise<void> {
    for (const { vector } of sightings) assertDimension(vector, this.layout.dimension);
    await upsertPoints(this.client, this.layout.name, sightings);
  }

  async list(
    tenant: string,
    filter: SightingFilter,
    page: { cursor?: string; limit: number },
  ): Promise<Page<Sighting>> {
    const { points, next } = await scrollPage(this.client, this.layout.name, {
      filter: ofSightings(tenant, filter),
      limit: page.limit,
      withVector: false,
      from: page.cursor === undefined ? null : parseCursor(page.cursor),
    });
    return { items: points.map(readSighting), cursor: next };
  }

  async search(
    tenant: string,
    vector: Float32Array,
    filter: SightingFilter,
    limit: number,
  ): Promise<Scored<Sighting>[]> {
    assertDimension(vector, this.layout.dimension);
    const { points } = await askQdrant(() =>
      this.client.query(this.layout.name, {
        query: Array.from(vector),
        filter: ofSightings(tenant, filter),
        params: SEARCH_PARAMS,
        limit,
        with_payload: true,
      }),
    );
    return points.map(readScoredSighting);
  }

  async vectors(
    tenant: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Float32Array>> {
    if (ids.length === 0) return new Map();
    const points = await scrollAll(this.client, this.layout.name, ofPoints(tenant, ids));
    return new Map(points.map(readVector));
  }

  countExpired(tenant: string, expiry: SightingExpiry): Promise<number> {
    return countPoints(this.client, this.layout.name, ofExpired(tenant, expiry));
  }

  async deleteExpired(tenant: string, expiry: SightingExpiry, limit: number): Promise<number> {
    const { client, layout } = this;
    const ids = await scrollIds(client, layout.name, ofExpired(tenant, expiry), limit);
    // The filter includes the time again: a sighting that was decided again meanwhile is kept.
    if (ids.length > 0) await deletePoints(client, layout.name, ofExpired(tenant, expiry, ids));
    return ids.length;
  }

  /** Removes a person from all sightings. */
  async clearPerson(tenant: string, personId: string): Promise<void> {
    await write(() =>
      this.client.deletePayload(this.layout.name, {
        keys: ['personId'],
        filter: ofPerson(tenant, personId),
        wait: true,
      }),
    );
  }
}
