import Database from 'libsql';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { VECTORS_CACHE_BYTES } from '../vector-store.config.js';
import {
  type SightingExpiry,
  type SightingFilter,
  spaceMismatch,
  VECTORS,
} from '../vector-store.port.js';

/** As the index has it. */
const DECIDED_AT = "json_extract(detail, '$.decidedAt')";

interface Where {
  readonly sql: string;
  readonly values: readonly (string | number | null)[];
}

/** Left out when the value is undefined. `is` also compares with null. */
type Condition = [sql: string, value: string | number | null | undefined];

/** The condition on `sightings` for a filter; values are bound, never part of the text. */
export function sightingsWhere(tenant: string, filter: SightingFilter): Where {
  return join([...indexedConditions(tenant, filter), ['store = ?', filter.store]]);
}

/** The part of it that an index answers alone. */
export function indexedWhere(tenant: string, filter: SightingFilter): Where {
  return join(indexedConditions(tenant, filter));
}

/** The condition on `sightings` that are too old; an index holds all that it looks at. */
export function expiredWhere(tenant: string, expiry: SightingExpiry): Where {
  return join([
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

function join(conditions: readonly Condition[]): Where {
  const wanted = conditions.flatMap(([sql, value]) =>
    value === undefined ? [] : [{ sql, value }],
  );
  return {
    sql: wanted.map(({ sql }) => sql).join(' and '),
    values: wanted.map(({ value }) => value),
  };
}

export type EmbeddedDatabase = InstanceType<typeof Database>;

export interface EmbeddedStoreOptions {
  readonly folder: string;
  readonly space: string;
  readonly dimension: number;
  /** Of the database's pages that are held in memory. */
  readonly cacheBytes?: number;
}

/** Changing a table is a migration: raise it and convert what older files hold. */
const SCHEMA_VERSION = '1';

/** A process that is just shutting down may hold the file for a moment. Milliseconds. */
const LOCK_TIMEOUT_MS = 5_000;

/**
 * `detail` is the whole record as JSON; the columns beside it are what queries filter by.
 * `vector` is little-endian float32, which is libSQL's own vector format.
 */
const SCHEMA = `
  create table if not exists meta (name text primary key, value text not null) without rowid;
  create table if not exists templates (
    seq integer primary key, tenant text not null, id text not null, person_id text not null,
    enrolled_at integer not null, detail text not null, vector blob not null,
    unique (tenant, id)
  );
  create index if not exists templates_person on templates (tenant, person_id, enrolled_at);
  create table if not exists sightings (
    seq integer primary key, tenant text not null, id text not null, person_id text,
    camera_id text, store text not null, observed_at integer, detail text not null,
    vector blob not null,
    unique (tenant, id)
  );
  create index if not exists sightings_person on sightings (tenant, person_id, id);
  create index if not exists sightings_camera on sightings (tenant, camera_id, observed_at);
  create index if not exists sightings_time on sightings (tenant, observed_at);
  create index if not exists sightings_decided on sightings
    (tenant, ${DECIDED_AT}, store, camera_id);
  create table if not exists cohort (seq integer primary key, sha256 text not null, vector blob not null);
`;

/**
 * Opens the database of a model space, alone: a second process gets VECTOR_STORE_IN_USE.
 * A commit is on disk when it returns (write-ahead log, flushed every time).
 * @throws PipelineError VECTOR_STORE_IN_USE, SPACE_MISMATCH
 */
export function openEmbeddedDatabase(options: EmbeddedStoreOptions): EmbeddedDatabase {
  // Only the owner may read it: it holds biometric data.
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const database = new Database(path.join(options.folder, 'vectors.db'), {
    timeout: LOCK_TIMEOUT_MS,
  });
  try {
    // Six faces fit a page of this size, one fits SQLite's usual 4096 bytes.
    database.exec('pragma page_size = 16384');
    database.exec('pragma locking_mode = exclusive');
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
    // What is deleted is overwritten: it is biometric data.
    database.exec('pragma secure_delete = on');
    const cacheKiB = Math.ceil((options.cacheBytes ?? VECTORS_CACHE_BYTES) / 1024);
    database.exec(`pragma cache_size = -${cacheKiB}`);
    database.exec(`begin immediate; ${SCHEMA} commit`);
    claimSpace(database, options);
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) throw inUse(options.folder, error);
    throw error;
  }
}

function claimSpace(
  database: EmbeddedDatabase,
  { space, dimension, folder }: EmbeddedStoreOptions,
) {
  const insert = database.prepare('insert or ignore into meta values (?, ?)');
  const select = database.prepare('select value from meta where name = ?').raw();
  const wanted = { schema: SCHEMA_VERSION, space, dimension: String(dimension) };
  for (const [name, value] of Object.entries(wanted)) {
    insert.run([name, value]);
    const [found] = select.get([name]) as [string];
    if (found === value) continue;
    throw spaceMismatch(`the vectors in ${folder} have ${name} ${found}, expected ${value}`);
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY';
}

function inUse(folder: string, cause: unknown): PipelineError {
  return new PipelineError(
    'VECTOR_STORE_IN_USE',
    `another process works in ${folder}; run one matcher per folder, or set QDRANT_URL to share a store`,
    { stage: 'match', class: 'wait', dependency: VECTORS, httpStatus: 503, cause },
  );
}
