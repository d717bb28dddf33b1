import { type EmbeddedDatabase } from './embedded-database.js';
import { fromBlob, toBlob } from './embedded-vectors.js';
import { parseCursor } from '../page-cursor.js';
import { expiredWhere, sightingsWhere } from './embedded-sightings-filter.js';
import { searchSightings } from './embedded-sightings-search.js';
import { parseSighting } from '../stored-records.js';
import { assertDimension } from '../vector-store.errors.js';
import {
  type Page,
  type Scored,
  type Sighting,
  type SightingExpiry,
  type SightingFilter,
  type StoredSighting,
} from '../vector-store.port.js';

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
