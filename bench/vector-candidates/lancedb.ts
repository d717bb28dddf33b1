import {
  type Sighting,
  type SightingFilter,
  type StoredSighting,
  type StoredTemplate,
  type TemplateQuery,
} from '../../apps/matcher/src/vectors/vector-store.port.js';
import { DIMENSION, importPackage, type Candidate } from './candidate.js';
import { asSighting, asTemplate } from './detail.js';
import { toRow, toWhere } from './sql-rows.js';

interface Row {
  id: string;
  detail: string;
  _distance: number;
}
interface Query {
  distanceType(type: string): Query;
  where(condition: string): Query;
  limit(count: number): Query;
  select(columns: string[]): Query;
  toArray(): Promise<Row[]>;
}
interface Merge {
  whenMatchedUpdateAll(): Merge;
  whenNotMatchedInsertAll(): Merge;
  execute(rows: object[]): Promise<unknown>;
}
interface Table {
  mergeInsert(column: string): Merge;
  query(): Query;
  search(vector: Float32Array): Query;
  delete(condition: string): Promise<unknown>;
  update(change: object): Promise<unknown>;
  optimize(): Promise<unknown>;
}
interface Database {
  tableNames(): Promise<string[]>;
  openTable(name: string): Promise<Table>;
  createEmptyTable(name: string, schema: unknown): Promise<Table>;
  close(): void;
}
interface LanceDb {
  connect(folder: string): Promise<Database>;
}
type Make = new (...values: unknown[]) => unknown;

/** LanceDB without an index: exact. It has no order, so a page is cut from all ids. */
export class LanceDbCandidate implements Candidate {
  private database!: Database;
  private templates!: Table;
  private sightings!: Table;

  constructor(private readonly folder: string) {}

  async open(): Promise<void> {
    const lancedb = (await importPackage('@lancedb/lancedb')) as LanceDb;
    const arrow = (await importPackage('apache-arrow')) as Record<string, Make>;
    this.database = await lancedb.connect(this.folder);
    const names = await this.database.tableNames();
    const openTable = (name: string) =>
      names.includes(name)
        ? this.database.openTable(name)
        : this.database.createEmptyTable(name, schemaOf(arrow));
    this.templates = await openTable('templates');
    this.sightings = await openTable('sightings');
  }

  close(): Promise<void> {
    this.database.close();
    return Promise.resolve();
  }

  upsertTemplates(templates: readonly StoredTemplate[]) {
    return upsert(this.templates, templates);
  }

  upsertSightings(sightings: readonly StoredSighting[]) {
    return upsert(this.sightings, sightings);
  }

  searchTemplates(queries: readonly TemplateQuery[]) {
    return Promise.all(
      queries.map(({ tenant, vector, limit }) =>
        search(this.templates, toWhere(tenant, {}), vector, limit, asTemplate),
      ),
    );
  }

  searchSightings(tenant: string, vector: Float32Array, filter: SightingFilter, limit: number) {
    return search(this.sightings, toWhere(tenant, filter), vector, limit, asSighting);
  }

  async listSightings(
    tenant: string,
    filter: SightingFilter,
    page: { cursor?: string; limit: number },
  ) {
    const condition = `${toWhere(tenant, filter)} AND id > '${page.cursor ?? ''}'`;
    const rows = await this.sightings
      .query()
      .where(condition)
      .select(['id', 'detail'])
      .limit(1_000_000)
      .toArray();
    const items = rows
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, page.limit)
      .map(({ detail }) => JSON.parse(detail) as Sighting);
    const cursor = items.length === page.limit ? (items.at(-1)?.id ?? null) : null;
    return { items, cursor };
  }

  async forgetPerson(tenant: string, personId: string): Promise<void> {
    const where = toWhere(tenant, { personId });
    await this.templates.delete(where);
    await this.sightings.update({ where, valuesSql: { personId: 'NULL' } });
  }
}

function schemaOf(arrow: Record<string, Make>): unknown {
  const { Schema, Field, Utf8, Float64, Float32, FixedSizeList } = arrow as Record<
    'Schema' | 'Field' | 'Utf8' | 'Float64' | 'Float32' | 'FixedSizeList',
    Make
  >;
  const item = new Field('item', new Float32());
  return new Schema([
    new Field('id', new Utf8()),
    new Field('tenant', new Utf8()),
    new Field('personId', new Utf8(), true),
    new Field('cameraId', new Utf8(), true),
    new Field('observedAt', new Float64(), true),
    new Field('detail', new Utf8()),
    new Field('vector', new FixedSizeList(DIMENSION, item)),
  ]);
}

async function upsert(
  table: Table,
  records: readonly (StoredTemplate | StoredSighting)[],
): Promise<void> {
  const rows = records.map(toRow).map((row) => ({ ...row, vector: Array.from(row.vector) }));
  await table.mergeInsert('id').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows);
}

async function search<T>(
  table: Table,
  where: string,
  vector: Float32Array,
  limit: number,
  read: (detail: string) => T,
) {
  const rows = await table
    .search(vector)
    .distanceType('cosine')
    .where(where)
    .select(['detail', '_distance'])
    .limit(limit)
    .toArray();
  return rows.map(({ detail, _distance }) => ({
    item: read(detail),
    score: 1 - _distance,
  }));
}
