import { mkdirSync } from 'node:fs';
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
import { toRow, toWhere } from './sql-rows.js';

interface Connection {
  run(sql: string, values?: unknown[]): Promise<unknown>;
  runAndReadAll(sql: string, values?: unknown[]): Promise<{ getRows(): unknown[][] }>;
  closeSync(): void;
}
interface DuckDb {
  DuckDBInstance: {
    create(file: string): Promise<{ connect(): Promise<Connection>; closeSync(): void }>;
  };
  arrayValue(values: number[]): unknown;
}
type Table = 'templates' | 'sightings';

/** DuckDB, array_cosine_similarity over a column of float arrays: exact. */
export class DuckDbCandidate implements Candidate {
  private duckdb!: DuckDb;
  private connection!: Connection;
  private shut!: () => void;

  constructor(private readonly folder: string) {}

  async open(): Promise<void> {
    this.duckdb = (await importPackage('@duckdb/node-api')) as DuckDb;
    mkdirSync(this.folder, { recursive: true });
    const instance = await this.duckdb.DuckDBInstance.create(
      path.join(this.folder, 'faces.duckdb'),
    );
    this.connection = await instance.connect();
    this.shut = () => {
      this.connection.closeSync();
      instance.closeSync();
    };
    for (const table of ['templates', 'sightings']) {
      await this.connection.run(
        `create table if not exists ${table} (id varchar primary key, tenant varchar,
           "personId" varchar, "cameraId" varchar, "observedAt" bigint, detail varchar,
           vector float[${DIMENSION}])`,
      );
    }
  }

  close(): Promise<void> {
    this.shut();
    return Promise.resolve();
  }

  upsertTemplates(templates: readonly StoredTemplate[]) {
    return this.upsert('templates', templates);
  }

  upsertSightings(sightings: readonly StoredSighting[]) {
    return this.upsert('sightings', sightings);
  }

  searchTemplates(queries: readonly TemplateQuery[]) {
    return Promise.all(
      queries.map(({ tenant, vector, limit }) =>
        this.search('templates', toWhere(tenant, {}), vector, limit, asTemplate),
      ),
    );
  }

  searchSightings(tenant: string, vector: Float32Array, filter: SightingFilter, limit: number) {
    return this.search('sightings', toWhere(tenant, filter), vector, limit, asSighting);
  }

  async listSightings(
    tenant: string,
    filter: SightingFilter,
    page: { cursor?: string; limit: number },
  ) {
    const result = await this.connection.runAndReadAll(
      `select detail from sightings where ${toWhere(tenant, filter)} and id > ? order by id limit ?`,
      [page.cursor ?? '', page.limit],
    );
    const items = result.getRows().map(([detail]) => JSON.parse(detail as string) as Sighting);
    const cursor = items.length === page.limit ? (items.at(-1)?.id ?? null) : null;
    return { items, cursor };
  }

  async forgetPerson(tenant: string, personId: string): Promise<void> {
    const where = toWhere(tenant, { personId });
    await this.connection.run(`delete from templates where ${where}`);
    await this.connection.run(`update sightings set "personId" = null where ${where}`);
  }

  private async upsert(
    table: Table,
    records: readonly (StoredTemplate | StoredSighting)[],
  ): Promise<void> {
    const values = records
      .map(toRow)
      .flatMap(({ observedAt, vector, ...row }) => [
        row.id,
        row.tenant,
        row.personId,
        row.cameraId,
        observedAt === null ? null : BigInt(observedAt),
        row.detail,
        this.duckdb.arrayValue(Array.from(vector)),
      ]);
    const places = records.map(() => '(?, ?, ?, ?, ?, ?, ?)').join(', ');
    await this.connection.run(`insert or replace into ${table} values ${places}`, values);
  }

  private async search<T>(
    table: Table,
    where: string,
    vector: Float32Array,
    limit: number,
    read: (detail: string) => T,
  ) {
    const result = await this.connection.runAndReadAll(
      `select detail, array_cosine_similarity(vector, ?::float[${DIMENSION}]) as score
       from ${table} where ${where} order by score desc limit ?`,
      [this.duckdb.arrayValue(Array.from(vector)), limit],
    );
    return result.getRows().map(([detail, score]) => ({
      item: read(detail as string),
      score: score as number,
    }));
  }
}
