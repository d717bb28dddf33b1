import { parentPort, workerData } from 'node:worker_threads';
import { toPipelineError, type PipelineError } from '#shared/contracts/pipeline-error.js';
import { storeUnavailable } from '../vector-store.port.js';
import { openEmbeddedDatabase, type EmbeddedStoreOptions } from './embedded-database.js';
import { EmbeddedSightings } from './embedded-sightings.js';
import { EmbeddedCohort, EmbeddedTemplates } from './embedded-templates.js';
import {
  toPlainError,
  type CallRequest,
  type ThreadMethods,
  type ThreadRequest,
  type ThreadResponse,
} from './embedded-thread-protocol.js';

// The thread of the embedded store: SQL and exact search are synchronous and would block the matcher.

/** SQLite result codes of failures of the disk or the file: https://www.sqlite.org/rescode.html */
const DISK_FAILURES = [
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_BUSY',
];

function toStoreError(error: unknown, folder: string): PipelineError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (DISK_FAILURES.some((failure) => code.startsWith(failure))) {
    const message = error instanceof Error ? error.message : code;
    return storeUnavailable(`the vectors in ${folder} cannot be used: ${code} ${message}`, error);
  }
  return toPipelineError(error, 'match');
}

const options = workerData as EmbeddedStoreOptions;
const port = parentPort!;

function answer(response: ThreadResponse): void {
  port.postMessage(response);
}

function failure(error: unknown) {
  return toPlainError(toStoreError(error, options.folder));
}

function open(): { methods: ThreadMethods; close: () => void } {
  const database = openEmbeddedDatabase(options);
  const templates = new EmbeddedTemplates(database, options.dimension);
  const sightings = new EmbeddedSightings(database, options.dimension);
  const cohort = new EmbeddedCohort(database, options.dimension);
  /** Writes the log into the file and empties it. Until then, the file still has the deleted data. */
  const overwrite = () => void database.pragma('wal_checkpoint(truncate)');
  const methods: ThreadMethods = {
    check: () => void database.prepare('select count(*) from meta').raw().get([]),
    upsertTemplates: (records) => templates.upsert(records),
    searchTemplates: (queries) => templates.search(queries),
    listTemplates: (tenant, personId) => templates.list(tenant, personId),
    getTemplates: (tenant, ids) => templates.get(tenant, ids),
    countGallery: (tenant) => templates.countGallery(tenant),
    setStatistics: (tenant, statistics) => templates.setStatistics(tenant, statistics),
    countTemplates: (tenant, personIds) => templates.count(tenant, personIds),
    deleteTemplate: (tenant, id) => {
      templates.delete(tenant, id);
      overwrite();
    },
    upsertSightings: (records) => sightings.upsert(records),
    listSightings: (tenant, filter, page) => sightings.list(tenant, filter, page),
    searchSightings: (tenant, vector, filter, limit) =>
      sightings.search(tenant, vector, filter, limit),
    sightingVectors: (tenant, ids) => sightings.vectors(tenant, ids),
    countExpired: (tenant, expiry) => sightings.countExpired(tenant, expiry),
    deleteExpired: (tenant, expiry, limit) => {
      const deleted = sightings.deleteExpired(tenant, expiry, limit);
      if (deleted > 0) overwrite();
      return deleted;
    },
    putCohort: (wanted) => cohort.put(wanted),
    searchCohort: (sha256, queries) => cohort.search(sha256, queries),
    forgetPerson: (tenant, personId) => {
      const committed = database.transaction(() => {
        sightings.clearPerson(tenant, personId);
        return templates.deletePerson(tenant, personId);
      })();
      committed();
      overwrite();
    },
  };
  return { methods, close: () => void database.close() };
}

async function run(methods: ThreadMethods, { call, method, args }: CallRequest): Promise<void> {
  try {
    const handle = methods[method] as (...args: unknown[]) => unknown;
    answer({ kind: 'result', call, result: await handle(...args) });
  } catch (error) {
    answer({ kind: 'error', call, error: failure(error) });
  }
}

try {
  const { methods, close } = open();
  const running = new Set<Promise<void>>();
  port.on('message', (request: ThreadRequest) => {
    if (request.kind === 'close') {
      void Promise.all(running).then(() => {
        close();
        port.close();
      });
      return;
    }
    const work = run(methods, request);
    running.add(work);
    void work.then(() => running.delete(work));
  });
  answer({ kind: 'open' });
} catch (error) {
  answer({ kind: 'open-failed', error: failure(error) });
}
