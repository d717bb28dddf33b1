import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  assertDimension,
  parseCursor,
  parseSighting,
  type Page,
  type Scored,
  type Sighting,
  type SightingExpiry,
  type SightingFilter,
  type StoredSighting,
} from '../vector-store.port.js';
import { DECIDED_AT, fromBlob, toBlob, type EmbeddedDatabase } from './embedded-database.js';
import { NearestList } from './template-matrix.js';

const UPSERT = `insert into sightings
    (tenant, id, person_id, camera_id, store, observed_at, detail, vector)
  values (?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (tenant, id) do update set person_id = excluded.person_id,
    camera_id = excluded.camera_id, store = excluded.store, observed_at = excluded.observed_at,
    detail = excluded.detail, vector = excluded.vector`;

/**
 * All faces that were seen. There are too many for memory, so a search reads all sightings that match
 * the filter from disk.
 */
export class EmbeddedSightings {
  /** Prepared once, because the memory of a statement is only freed by garbage collection. */
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

  /** Removes a person from all sightings. */
  clearPerson(tenant: string, personId: string): void {
    this.database
      .prepare(
        `update sightings set person_id = null, detail = json_set(detail, '$.personId', null)
         where tenant = ? and person_id = ?`,
      )
      .run([tenant, personId]);
  }
}

/** Rows that are compared without a pause, about 30 ms. Other calls to the store run in the pauses. */
const SLICE_ROWS = 20_000;

interface Search {
  readonly tenant: string;
  readonly vector: Float32Array;
  readonly filter: SightingFilter;
  readonly limit: number;
}

/** Exact search. Few candidates are found by an index; for many, the table is read in file order. */
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

/** Whether an index finds fewer candidates than one slice has rows. */
function isNarrow(database: EmbeddedDatabase, { tenant, filter }: Search): boolean {
  const where = indexedWhere(tenant, filter);
  const [count] = database
    .prepare(`select count(*) from (select 1 from sightings where ${where.sql} limit ?)`)
    .raw()
    .get([...where.values, SLICE_ROWS]) as [number];
  return count < SLICE_ROWS;
}

/**
 * Compares rows with the vector and offers the best ones to the list.
 * @param after only the slice of rows after this `seq`; null: all rows that match the filter
 */
function compare(
  database: EmbeddedDatabase,
  { tenant, vector, filter, limit }: Search,
  nearest: NearestList,
  after: number | null,
): void {
  const where = sightingsWhere(tenant, filter);
  // `not indexed` forces SQLite to read the slice in file order.
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

interface Where {
  readonly sql: string;
  readonly values: readonly (string | number | null)[];
}

/** Ignored when the value is undefined. `is` also compares with null. */
type Condition = [sql: string, value: string | number | null | undefined];

/** The condition for a filter. Values are bound parameters, never part of the SQL text. */
function sightingsWhere(tenant: string, filter: SightingFilter): Where {
  return joinConditions([...indexedConditions(tenant, filter), ['store = ?', filter.store]]);
}

/** The part of a filter's condition that an index answers without reading rows. */
function indexedWhere(tenant: string, filter: SightingFilter): Where {
  return joinConditions(indexedConditions(tenant, filter));
}

/** The condition for expired sightings. The index `sightings_decided` has all of its columns. */
function expiredWhere(tenant: string, expiry: SightingExpiry): Where {
  return joinConditions([
    ['tenant = ?', tenant],
    [`${DECIDED_AT} < ?`, expiry.decidedBefore],
    ['camera_id = ?', expiry.cameraId],
    ['camera_id is not ?', expiry.ofCameras ? null : undefined],
    ['store = ?', expiry.store],
  ]);
}

function indexedConditions(tenant: string, filter: SightingFilter): Condition[] {
  return [
    ['tenant = ?', tenant],
    ['person_id is ?', filter.personId],
    ['camera_id = ?', filter.cameraId],
    ['observed_at >= ?', filter.from],
    ['observed_at <= ?', filter.to],
  ];
}

function joinConditions(conditions: readonly Condition[]): Where {
  const wanted = conditions.flatMap(([sql, value]) =>
    value === undefined ? [] : [{ sql, value }],
  );
  return {
    sql: wanted.map(({ sql }) => sql).join(' and '),
    values: wanted.map(({ value }) => value),
  };
}
