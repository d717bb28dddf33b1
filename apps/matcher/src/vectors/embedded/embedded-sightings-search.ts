import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EmbeddedDatabase } from './embedded-database.js';
import { indexedWhere, sightingsWhere } from './embedded-sightings-filter.js';
import { toBlob } from './embedded-vectors.js';
import { NearestList } from './nearest-list.js';
import { parseSighting } from '../stored-records.js';
import { type Scored, type Sighting, type SightingFilter } from '../vector-store.port.js';

/** Rows compared in one go, some 30 ms: what else is asked of the store waits no longer than that. */
const SLICE_ROWS = 20_000;

interface Search {
  readonly tenant: string;
  readonly vector: Float32Array;
  readonly filter: SightingFilter;
  readonly limit: number;
}

/** Exact search: few candidates are found by an index, many by reading the table once in its own order. */
export async function searchSightings(
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
