import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import {
  type Sighting,
  type SightingFilter,
  type StoredSighting,
  type StoredTemplate,
  type TemplateQuery,
} from '../../apps/matcher/src/vectors/vector-store.port.js';
import { DIMENSION, importPackage, type Candidate } from './candidate.js';
import { asSighting, asTemplate } from './detail.js';

interface Status {
  ok: boolean;
  message: string;
}
interface Found {
  id: string;
  score: number;
  fields: { detail: string };
}
interface Collection {
  upsertSync(documents: object[]): Status[];
  updateSync(documents: object[]): Status[];
  deleteByFilterSync(filter: string): Status;
  query(query: object): Promise<Found[]>;
  closeSync(): void;
}
interface Zvec {
  ZVecDataType: { STRING: number; INT64: number; VECTOR_FP32: number };
  ZVecIndexType: { FLAT: number; INVERT: number };
  ZVecMetricType: { COSINE: number };
  ZVecCollectionSchema: new (schema: object) => object;
  ZVecInitialize(options: object): void;
  ZVecCreateAndOpen(folder: string, schema: object): Collection;
  ZVecOpen(folder: string): Collection;
}

/** zvec refuses larger writes. */
const MAX_BATCH = 1_024;

/** zvec, a flat index: exact. It has no order and no cursor, so a page is cut from all ids, of which it gives 100,000 at most. */
export class ZvecCandidate implements Candidate {
  private templates!: Collection;
  private sightings!: Collection;

  constructor(private readonly folder: string) {}

  async open(): Promise<void> {
    const { default: zvec } = (await importPackage('@zvec/zvec')) as { default: Zvec };
    zvec.ZVecInitialize({ logLevel: 3 });
    mkdirSync(this.folder, { recursive: true });
    this.templates = openCollection(zvec, path.join(this.folder, 'templates'));
    this.sightings = openCollection(zvec, path.join(this.folder, 'sightings'));
  }

  close(): Promise<void> {
    this.templates.closeSync();
    this.sightings.closeSync();
    return Promise.resolve();
  }

  upsertTemplates(templates: readonly StoredTemplate[]): Promise<void> {
    check(this.templates.upsertSync(templates.map((t) => toDocument(t, { personId: t.personId }))));
    return Promise.resolve();
  }

  upsertSightings(sightings: readonly StoredSighting[]): Promise<void> {
    const documents = sightings.map((s) =>
      toDocument(s, { personId: s.personId, cameraId: s.cameraId, observedAt: s.observedAt }),
    );
    check(this.sightings.upsertSync(documents));
    return Promise.resolve();
  }

  searchTemplates(queries: readonly TemplateQuery[]) {
    return Promise.all(
      queries.map(({ tenant, vector, limit }) =>
        search(this.templates, where(tenant, {}), vector, limit, asTemplate),
      ),
    );
  }

  searchSightings(tenant: string, vector: Float32Array, filter: SightingFilter, limit: number) {
    return search(this.sightings, where(tenant, filter), vector, limit, asSighting);
  }

  async listSightings(
    tenant: string,
    filter: SightingFilter,
    page: { cursor?: string; limit: number },
  ) {
    const found = await this.sightings.query({
      filter: where(tenant, filter),
      topk: 100_000,
      outputFields: ['detail'],
    });
    const items = found
      .filter(({ id }) => id > (page.cursor ?? ''))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, page.limit)
      .map(({ fields }) => JSON.parse(fields.detail) as Sighting);
    const cursor = items.length === page.limit ? (items.at(-1)?.id ?? null) : null;
    return { items, cursor };
  }

  async forgetPerson(tenant: string, personId: string): Promise<void> {
    const filter = where(tenant, { personId });
    this.templates.deleteByFilterSync(filter);
    const found = await this.sightings.query({ filter, topk: 100_000, outputFields: ['detail'] });
    const updates = found.map(({ id, fields }) => {
      const detail = { ...(JSON.parse(fields.detail) as Sighting), personId: null };
      return { id, fields: { personId: '', detail: JSON.stringify(detail) } };
    });
    for (let start = 0; start < updates.length; start += MAX_BATCH) {
      check(this.sightings.updateSync(updates.slice(start, start + MAX_BATCH)));
    }
  }
}

function openCollection(zvec: Zvec, folder: string): Collection {
  if (existsSync(folder)) return zvec.ZVecOpen(folder);
  const { STRING, INT64, VECTOR_FP32 } = zvec.ZVecDataType;
  const indexParams = { indexType: zvec.ZVecIndexType.INVERT };
  const schema = new zvec.ZVecCollectionSchema({
    name: 'faces',
    vectors: {
      name: 'vector',
      dataType: VECTOR_FP32,
      dimension: DIMENSION,
      indexParams: { indexType: zvec.ZVecIndexType.FLAT, metricType: zvec.ZVecMetricType.COSINE },
    },
    fields: [
      { name: 'tenant', dataType: STRING, indexParams },
      { name: 'personId', dataType: STRING, nullable: true, indexParams },
      { name: 'cameraId', dataType: STRING, nullable: true, indexParams },
      { name: 'observedAt', dataType: INT64, nullable: true, indexParams },
      { name: 'detail', dataType: STRING },
    ],
  });
  return zvec.ZVecCreateAndOpen(folder, schema);
}

function toDocument(
  record: StoredTemplate | StoredSighting,
  nullable: Record<string, string | number | null>,
) {
  const { vector, ...detail } = record;
  const present = Object.entries(nullable).filter(([, value]) => value !== null);
  return {
    id: record.id,
    vectors: { vector },
    fields: {
      tenant: record.tenant,
      detail: JSON.stringify(detail),
      ...Object.fromEntries(present),
    },
  };
}

async function search<T>(
  collection: Collection,
  filter: string,
  vector: Float32Array,
  topk: number,
  read: (detail: string) => T,
): Promise<{ item: T; score: number }[]> {
  const query = { fieldName: 'vector', vector, topk, filter, outputFields: ['detail'] };
  const found = await collection.query(query);
  return found.map(({ fields, score }) => ({
    item: read(fields.detail),
    score: 1 - score,
  }));
}

function where(tenant: string, { personId, cameraId, from, to }: SightingFilter): string {
  const conditions = [`tenant = '${tenant}'`];
  if (personId !== undefined) conditions.push(`personId = '${personId}'`);
  if (cameraId !== undefined) conditions.push(`cameraId = '${cameraId}'`);
  if (from !== undefined) conditions.push(`observedAt >= ${from}`);
  if (to !== undefined) conditions.push(`observedAt <= ${to}`);
  return conditions.join(' AND ');
}

function check(statuses: readonly Status[]): void {
  const failed = statuses.find(({ ok }) => !ok);
  if (failed) throw new Error(failed.message);
}
