import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseSighting } from '../stored-records.js';
import {
  type Scored,
  type Sighting,
  type SightingFilter,
  parseCursor,
  assertDimension,
  type Page,
  type SightingExpiry,
  type StoredSighting,
} from '../vector-store.port.js';
import {
  type EmbeddedDatabase,
  indexedWhere,
  sightingsWhere,
  expiredWhere,
} from './embedded-database.js';
import { toBlob, NearestList, fromBlob } from './template-matrix.js';

/** Rows compared in one go, some 30 ms: what else is asked of the store waits no longer than that. */
const SLICE_ROWS = 20_000;

interface Search {
  readonly tenant: string;
  readonly vector: Float32Array;
  readonly filter: SightingFilter;
  readonly limit: number;
}

/** Exact search: few candidates are found by an index, many by reading the table once in its own order. */
async function searchSightings(
  database: EmbeddedDatabase,
  search: Search,
): Promise<Scored<Sighting>[]> {
  const nearest = new NearestList(search.limit);
  if (isNarrow(database, search)) {
    compare(database, search, nearest, null);
  } else {
    const [last] = database.prepare('select max(seq) from sightings').raw().get([]) as [number];
    for (let seq = 0; seq < last; seq += SLICE_ROWS) {
      compare(database, search, nearest, seq);
      await nextTurn();
    }
  }
  const select = database.prepare('select detail from sightings where seq = ?').raw();
  return nearest.items.map(({ id, score }) => {
    const [detail] = select.get([Number(id)]) as [string];
    return { item: parseSighting(JSON.parse(detail)), score };
  });
}

function isNarrow(database: EmbeddedDatabase, { tenant, filter }: Search): boolean {
  const where = indexedWhere(tenant, filter);
  const [count] = database
    .prepare(`select count(*) from (select 1 from sightings where ${where.sql} limit ?)`)
    .raw()
    .get([...where.values, SLICE_ROWS]) as [number];
  return count < SLICE_ROWS;
}

/** @param after compare the slice of rows after this one, or all that pass the filter */
function compare(
  database: EmbeddedDatabase,
  { tenant, vector, filter, limit }: Search,
  nearest: NearestList,
  after: number | null,
): void {
  const where = sightingsWhere(tenant, filter);
  // `not indexed` makes SQLite read the slice in the order of the file.
  const rows =
    after === null
      ? { from: 'sightings', range: '', values: [] }
      : {
          from: 'sightings not indexed',
          range: 'seq > ? and seq <= ? and',
          values: [after, after + SLICE_ROWS],
        };
  const found = database
    .prepare(
      `select seq, vector_distance_cos(vector, ?) as distance
       from ${rows.from} where ${rows.range} ${where.sql} order by distance limit ?`,
    )
    .raw()
    .all([toBlob(vector), ...rows.values, ...where.values, limit]) as [number, number][];
  for (const [seq, distance] of found) nearest.offer({ id: String(seq), score: 1 - distance });
}

const UPSERT = `insert into sightings
    (tenant, id, person_id, camera_id, store, observed_at, detail, vector)
  values (?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (tenant, id) do update set person_id = excluded.person_id,
    camera_id = excluded.camera_id, store = excluded.store, observed_at = excluded.observed_at,
    detail = excluded.detail, vector = excluded.vector`;

/** Every face ever seen. Too many to hold in memory: searches read them from disk, all that pass the filter. */
export class EmbeddedSightings {
  /** Prepared once: what a statement holds is given back no sooner than garbage is collected. */
  private readonly upsertOne: ReturnType<EmbeddedDatabase['prepare']>;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly dimension: number,
  ) {
    this.upsertOne = database.prepare(UPSERT);
  }

  upsert(sightings: readonly StoredSighting[]): void {
    for (const { vector } of sightings) assertDimension(vector, this.dimension);
    this.database.transaction(() => {
      for (const { vector, ...detail } of sightings) {
        const { tenant, id, personId, cameraId, image, observedAt } = detail;
        const keys = [tenant, id, personId, cameraId, image.store, observedAt];
        this.upsertOne.run([...keys, JSON.stringify(detail), toBlob(vector)]);
      }
    })();
  }

  list(
    tenant: string,
    filter: SightingFilter,
    page: { cursor?: string; limit: number },
  ): Page<Sighting> {
    const where = sightingsWhere(tenant, filter);
    const after = page.cursor === undefined ? '' : parseCursor(page.cursor);
    const rows = this.database
      .prepare(`select detail from sightings where ${where.sql} and id > ? order by id limit ?`)
      .raw()
      .all([...where.values, after, page.limit + 1]) as [string][];
    const items = rows.slice(0, page.limit).map(([detail]) => parseSighting(JSON.parse(detail)));
    const more = rows.length > page.limit;
    return { items, cursor: more ? (items.at(-1)?.id ?? null) : null };
  }

  async search(
    tenant: string,
    vector: Float32Array,
    filter: SightingFilter,
    limit: number,
  ): Promise<Scored<Sighting>[]> {
    assertDimension(vector, this.dimension);
    return searchSightings(this.database, { tenant, vector, filter, limit });
  }

  vectors(tenant: string, ids: readonly string[]): ReadonlyMap<string, Float32Array> {
    const rows = this.database
      .prepare(
        'select id, vector from sightings where tenant = ? and id in (select value from json_each(?))',
      )
      .raw()
      .all([tenant, JSON.stringify(ids)]) as [string, Buffer][];
    return new Map(rows.map(([id, vector]) => [id, fromBlob(vector)]));
  }

  countExpired(tenant: string, expiry: SightingExpiry): number {
    const where = expiredWhere(tenant, expiry);
    const [count] = this.database
      .prepare(`select count(*) from sightings where ${where.sql}`)
      .raw()
      .get([...where.values]) as [number];
    return count;
  }

  deleteExpired(tenant: string, expiry: SightingExpiry, limit: number): number {
    const where = expiredWhere(tenant, expiry);
    const { changes } = this.database
      .prepare(
        `delete from sightings where seq in (select seq from sightings where ${where.sql} limit ?)`,
      )
      .run([...where.values, limit]);
    return changes;
  }

  /** Takes a person off every sighting. */
  clearPerson(tenant: string, personId: string): void {
    this.database
      .prepare(
        `update sightings set person_id = null, detail = json_set(detail, '$.personId', null)
         where tenant = ? and person_id = ?`,
      )
      .run([tenant, personId]);
  }
}
