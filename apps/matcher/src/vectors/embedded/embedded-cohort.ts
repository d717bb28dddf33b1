import { assertDimension, type Cohort, type CohortQuery } from '../vector-store.port.js';
import { type EmbeddedDatabase } from './embedded-database.js';
import { DotKernel, fromBlob, toBlob, TemplateMatrix } from './template-matrix.js';

interface Loaded {
  /** Null when no cohort is kept. */
  readonly sha256: string | null;
  readonly matrix: TemplateMatrix;
}

/** The strangers that scores are normalised by: durable in the database, searched in memory. */
export class EmbeddedCohort {
  private readonly kernel: DotKernel;
  private loaded: Loaded;

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

  private load(): Loaded {
    const matrix = new TemplateMatrix(this.kernel);
    const rows = this.database.prepare('select seq, sha256, vector from cohort').raw().all([]);
    for (const [seq, , vector] of rows as [number, string, Buffer][]) {
      matrix.set(String(seq), fromBlob(vector));
    }
    return { sha256: (rows[0] as [number, string] | undefined)?.[1] ?? null, matrix };
  }
}
