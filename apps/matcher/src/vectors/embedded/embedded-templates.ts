import {
  assertDimension,
  parseTemplate,
  type Cohort,
  type CohortQuery,
  type Scored,
  type StoredTemplate,
  type Template,
  type TemplateQuery,
  type TemplateStatistics,
} from '../vector-store.port.js';
import { fromBlob, toBlob, type EmbeddedDatabase } from './embedded-database.js';
import { DotKernel, TemplateMatrix } from './template-matrix.js';

const UPSERT = `insert into templates (tenant, id, person_id, enrolled_at, detail, vector)
  values (?, ?, ?, ?, ?, ?)
  on conflict (tenant, id) do update set person_id = excluded.person_id,
    enrolled_at = excluded.enrolled_at, detail = excluded.detail, vector = excluded.vector`;

/** A tenant's gallery in memory: every match searches all of it. */
interface Gallery {
  readonly matrix: TemplateMatrix;
  readonly templates: Map<string, Template>;
}

/** The galleries of all tenants: stored in the database, searched in memory. */
export class EmbeddedTemplates {
  private readonly galleries = new Map<string, Gallery>();
  private readonly kernel: DotKernel;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly dimension: number,
  ) {
    this.kernel = new DotKernel(dimension);
    const rows = database.prepare('select detail, vector from templates').raw();
    for (const row of rows.iterate([])) this.remember(readRow(row));
  }

  upsert(templates: readonly StoredTemplate[]): void {
    for (const { vector } of templates) assertDimension(vector, this.dimension);
    const statement = this.database.prepare(UPSERT);
    this.database.transaction(() => {
      for (const { vector, ...detail } of templates) {
        const { tenant, id, personId, enrolledAt } = detail;
        const json = JSON.stringify(detail);
        statement.run([tenant, id, personId, enrolledAt, json, toBlob(vector)]);
      }
    })();
    for (const template of templates) this.remember(template);
  }

  search(queries: readonly TemplateQuery[]): Scored<Template>[][] {
    for (const { vector } of queries) assertDimension(vector, this.dimension);
    const found: Scored<Template>[][] = queries.map(() => []);
    // One pass over a tenant's gallery answers all queries of the tenant.
    const places = queries.map(({ tenant }, place) => ({ tenant, place }));
    for (const [tenant, gallery] of this.galleries) {
      const own = places.filter((query) => query.tenant === tenant).map(({ place }) => place);
      if (own.length === 0) continue;
      const lists = gallery.matrix.nearest(own.map((place) => queries[place]!));
      own.forEach((place, index) => {
        found[place] = lists[index]!.map(({ id, score }) => ({
          item: gallery.templates.get(id)!,
          score,
        }));
      });
    }
    return found;
  }

  list(tenant: string, personId: string): StoredTemplate[] {
    const statement = this.database.prepare(
      'select detail, vector from templates where tenant = ? and person_id = ? order by enrolled_at, id',
    );
    return statement.raw().all([tenant, personId]).map(readRow);
  }

  get(tenant: string, ids: readonly string[]): StoredTemplate[] {
    const statement = this.database.prepare(
      'select detail, vector from templates where tenant = ? and id in (select value from json_each(?))',
    );
    return statement
      .raw()
      .all([tenant, JSON.stringify(ids)])
      .map(readRow);
  }

  countGallery(tenant: string): number {
    return this.galleries.get(tenant)?.templates.size ?? 0;
  }

  count(tenant: string, personIds: readonly string[]): ReadonlyMap<string, number> {
    const statement = this.database
      .prepare('select count(*) from templates where tenant = ? and person_id = ?')
      .raw();
    return new Map(
      personIds.map((personId) => {
        const [count] = statement.get([tenant, personId]) as [number];
        return [personId, count];
      }),
    );
  }

  setStatistics(tenant: string, statistics: ReadonlyMap<string, TemplateStatistics>): void {
    const statement = this.database.prepare(
      `update templates set detail = json_set(detail, '$.statistics', json(?))
       where tenant = ? and id = ?`,
    );
    this.database.transaction(() => {
      for (const [id, value] of statistics) statement.run([JSON.stringify(value), tenant, id]);
    })();
    const templates = this.galleries.get(tenant)?.templates;
    for (const [id, value] of statistics) {
      const template = templates?.get(id);
      if (template) templates?.set(id, { ...template, statistics: value });
    }
  }

  delete(tenant: string, id: string): void {
    this.database.prepare('delete from templates where tenant = ? and id = ?').run([tenant, id]);
    this.forget(tenant, id);
  }

  /** Runs in a transaction of the caller, who calls the returned function after the commit. */
  deletePerson(tenant: string, personId: string): () => void {
    const where = 'where tenant = ? and person_id = ?';
    const rows = this.database.prepare(`select id from templates ${where}`).raw();
    const ids = (rows.all([tenant, personId]) as [string][]).map(([id]) => id);
    this.database.prepare(`delete from templates ${where}`).run([tenant, personId]);
    return () => ids.forEach((id) => this.forget(tenant, id));
  }

  private remember({ vector, ...template }: StoredTemplate): void {
    let gallery = this.galleries.get(template.tenant);
    if (!gallery) {
      gallery = { matrix: new TemplateMatrix(this.kernel), templates: new Map() };
      this.galleries.set(template.tenant, gallery);
    }
    gallery.matrix.set(template.id, vector);
    gallery.templates.set(template.id, template);
  }

  private forget(tenant: string, id: string): void {
    const gallery = this.galleries.get(tenant);
    gallery?.matrix.delete(id);
    gallery?.templates.delete(id);
  }
}

function readRow(row: unknown): StoredTemplate {
  const [detail, vector] = row as [string, Buffer];
  return { ...parseTemplate(JSON.parse(detail)), vector: fromBlob(vector) };
}

interface LoadedCohort {
  /** Null when no cohort is stored. */
  readonly sha256: string | null;
  readonly matrix: TemplateMatrix;
}

/** The strangers that scores are normalised by: stored in the database, searched in memory. */
export class EmbeddedCohort {
  private readonly kernel: DotKernel;
  private loaded: LoadedCohort;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly dimension: number,
  ) {
    this.kernel = new DotKernel(dimension);
    this.loaded = this.load();
  }

  put(cohort: Cohort | null): void {
    const { sha256, vectors } = cohort ?? { sha256: null, vectors: [] };
    for (const vector of vectors) assertDimension(vector, this.dimension);
    if (this.loaded.sha256 === sha256) return;
    const insert = this.database.prepare('insert into cohort (sha256, vector) values (?, ?)');
    this.database.transaction(() => {
      this.database.exec('delete from cohort');
      for (const vector of vectors) insert.run([sha256, toBlob(vector)]);
    })();
    this.loaded = this.load();
  }

  search(sha256: string, queries: readonly CohortQuery[]): number[][] {
    for (const { vector } of queries) assertDimension(vector, this.dimension);
    if (sha256 !== this.loaded.sha256) return queries.map(() => []);
    return this.loaded.matrix.nearest(queries).map((list) => list.map(({ score }) => score));
  }

  private load(): LoadedCohort {
    const matrix = new TemplateMatrix(this.kernel);
    const rows = this.database.prepare('select seq, sha256, vector from cohort').raw().all([]);
    for (const [seq, , vector] of rows as [number, string, Buffer][]) {
      matrix.set(String(seq), fromBlob(vector));
    }
    return { sha256: (rows[0] as [number, string] | undefined)?.[1] ?? null, matrix };
  }
}
