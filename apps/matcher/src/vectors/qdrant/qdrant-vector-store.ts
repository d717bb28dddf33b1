import { type QdrantClient } from '@qdrant/js-client-rest';
import { collectionPrefix } from '../vector-store.config.js';
import {
  type Cohort,
  type CohortQuery,
  type SightingExpiry,
  type SightingFilter,
  type StoredSighting,
  type StoredTemplate,
  type TemplateQuery,
  type TemplateStatistics,
  type VectorStore,
} from '../vector-store.port.js';
import { askQdrant, connectQdrant, type QdrantServer } from './qdrant-client.js';
import { QdrantCohort } from './qdrant-cohort.js';
import { ensureCollection } from './qdrant-collection.js';
import { QdrantSightings } from './qdrant-sightings.js';
import { QdrantTemplates } from './qdrant-templates.js';

interface QdrantStoreOptions {
  readonly server: QdrantServer;
  readonly space: string;
  readonly dimension: number;
  readonly shards?: number | undefined;
  readonly replicas?: number | undefined;
}

/**
 * Vector store in Qdrant, for any number of processes. Its collections are
 * `sightline_<space>_templates`, `…_sightings` and, if scores are normalised, `…_cohort`.
 */
export class QdrantVectorStore implements VectorStore {
  private readonly client: QdrantClient;
  private readonly templates: QdrantTemplates;
  private readonly sightings: QdrantSightings;
  private readonly cohort: QdrantCohort;

  constructor({ server, space, ...layout }: QdrantStoreOptions) {
    this.client = connectQdrant(server);
    const { dimension, shards, replicas } = layout;
    const named = (kind: string) => ({
      name: `${collectionPrefix(space)}${kind}`,
      dimension,
      shards,
      replicas,
    });
    this.templates = new QdrantTemplates(this.client, named('templates'));
    this.sightings = new QdrantSightings(this.client, named('sightings'));
    this.cohort = new QdrantCohort(this.client, named('cohort'));
  }

  async open(): Promise<void> {
    await askQdrant(() => ensureCollection(this.client, this.templates.collection));
    await askQdrant(() => ensureCollection(this.client, this.sightings.collection));
  }

  /** There is nothing to close: idle connections end by themselves. */
  async close(): Promise<void> {
    return Promise.resolve();
  }

  async check(): Promise<void> {
    await askQdrant(() => this.client.getCollection(this.templates.collection.name));
  }

  upsertTemplates(templates: readonly StoredTemplate[]) {
    return this.templates.upsert(templates);
  }

  searchTemplates(queries: readonly TemplateQuery[]) {
    return this.templates.search(queries);
  }

  listTemplates(tenant: string, personId: string) {
    return this.templates.list(tenant, personId);
  }

  getTemplates(tenant: string, ids: readonly string[]) {
    return this.templates.get(tenant, ids);
  }

  countGallery(tenant: string) {
    return this.templates.countGallery(tenant);
  }

  setStatistics(tenant: string, statistics: ReadonlyMap<string, TemplateStatistics>) {
    return this.templates.setStatistics(tenant, statistics);
  }

  countTemplates(tenant: string, personIds: readonly string[]) {
    return this.templates.count(tenant, personIds);
  }

  deleteTemplate(tenant: string, id: string) {
    return this.templates.delete(tenant, id);
  }

  upsertSightings(sightings: readonly StoredSighting[]) {
    return this.sightings.upsert(sightings);
  }

  listSightings(tenant: string, filter: SightingFilter, page: { cursor?: string; limit: number }) {
    return this.sightings.list(tenant, filter, page);
  }

  searchSightings(tenant: string, vector: Float32Array, filter: SightingFilter, limit: number) {
    return this.sightings.search(tenant, vector, filter, limit);
  }

  sightingVectors(tenant: string, ids: readonly string[]) {
    return this.sightings.vectors(tenant, ids);
  }

  countExpired(tenant: string, expiry: SightingExpiry) {
    return this.sightings.countExpired(tenant, expiry);
  }

  deleteExpired(tenant: string, expiry: SightingExpiry, limit: number) {
    return this.sightings.deleteExpired(tenant, expiry, limit);
  }

  putCohort(cohort: Cohort | null) {
    return this.cohort.put(cohort);
  }

  searchCohort(sha256: string, queries: readonly CohortQuery[]) {
    return this.cohort.search(sha256, queries);
  }

  /** Sightings first: if the second step fails, no sighting names a person without templates. */
  async forgetPerson(tenant: string, personId: string): Promise<void> {
    await this.sightings.clearPerson(tenant, personId);
    await this.templates.deletePerson(tenant, personId);
  }
}
