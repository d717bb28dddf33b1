import Database from 'libsql';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { VECTOR_STORE_DEPENDENCY } from '#shared/contracts/dependency.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { VECTORS_CACHE_BYTES } from '../vector-store.config.js';
import { spaceMismatch } from '../vector-store.port.js';

export type EmbeddedDatabase = InstanceType<typeof Database>;

export interface EmbeddedStoreOptions {
  readonly folder: string;
  readonly space: string;
  readonly dimension: number;
  /** Memory for the cache of the database's pages. */
  readonly cacheBytes?: number;
}

/** When a table changes, raise the version and convert the files of older versions. */
const SCHEMA_VERSION = '1';

/** Wait for a process that is just shutting down and still locks the file. Milliseconds. */
const LOCK_TIMEOUT_MS = 5_000;

/** The expression of the index `sightings_decided`. A query must use the same text to use the index. */
export const DECIDED_AT = "json_extract(detail, '$.decidedAt')";

/**
 * `detail` is the record without its vector, as JSON; the other columns exist for filters.
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
 * Opens the database of a model space and locks it: a second process gets VECTOR_STORE_IN_USE.
 * A commit is on disk when it returns (write-ahead log with a flush per commit).
 * @throws PipelineError VECTOR_STORE_IN_USE, SPACE_MISMATCH
 */
export function openEmbeddedDatabase(options: EmbeddedStoreOptions): EmbeddedDatabase {
  // Only the owner may read the folder: it contains biometric data.
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const database = new Database(path.join(options.folder, 'vectors.db'), {
    timeout: LOCK_TIMEOUT_MS,
  });
  try {
    // Six faces fit into one page of this size, but only one into SQLite's default of 4096 bytes.
    database.exec('pragma page_size = 16384');
    database.exec('pragma locking_mode = exclusive');
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
    // Deleted rows are overwritten: they are biometric data.
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

/** Records the space of a new database, and checks the space of an existing one. */
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
    `another process uses ${folder}; run one matcher per folder, or set QDRANT_URL to share a store`,
    { stage: 'match', class: 'wait', dependency: VECTOR_STORE_DEPENDENCY, httpStatus: 503, cause },
  );
}

/** A vector as a blob column. The blob shares the vector's memory. */
export function toBlob(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** The vector of a blob column, as a copy: a Float32Array must be aligned to 4 bytes. */
export function fromBlob(blob: Buffer): Float32Array {
  return new Float32Array(new Uint8Array(blob).buffer);
}
