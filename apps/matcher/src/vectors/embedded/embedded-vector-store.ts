import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  storeUnavailable,
  type Cohort,
  type CohortQuery,
  type SightingExpiry,
  type SightingFilter,
  type StoredSighting,
  type StoredTemplate,
  type TemplateQuery,
  type TemplateStatistics,
  type VectorStore,
} from '../vector-store.port.js';
import { type EmbeddedStoreOptions } from './embedded-database.js';
import {
  fromPlainError,
  type Arguments,
  type Method,
  type Result,
  type ThreadRequest,
  type ThreadResponse,
} from './embedded-thread-protocol.js';

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Time after which a crashed thread is replaced, milliseconds. */
const REOPEN_MS = 500;

/**
 * Vector store in a local folder, for one process: libSQL in a worker thread, which is replaced when it
 * crashes. Search is exact. `open` throws VECTOR_STORE_IN_USE when another process uses the folder.
 */
export class EmbeddedVectorStore implements VectorStore {
  private worker: Worker | undefined;
  private exited: Promise<void> | undefined;
  private nextCall = 0;
  private readonly waiting = new Map<number, Waiting>();
  private crash: unknown;
  private closed = false;
  private kept: Promise<void> | undefined;

  constructor(private readonly options: EmbeddedStoreOptions) {}

  async open(): Promise<void> {
    this.closed = false;
    await this.startThread();
    this.kept = this.keepOpen();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.post({ kind: 'close' });
    await this.kept;
  }

  check() {
    return this.call('check');
  }

  upsertTemplates(templates: readonly StoredTemplate[]) {
    return this.call('upsertTemplates', templates);
  }

  searchTemplates(queries: readonly TemplateQuery[]) {
    return this.call('searchTemplates', queries);
  }

  listTemplates(tenant: string, personId: string) {
    return this.call('listTemplates', tenant, personId);
  }

  getTemplates(tenant: string, ids: readonly string[]) {
    return this.call('getTemplates', tenant, ids);
  }

  countGallery(tenant: string) {
    return this.call('countGallery', tenant);
  }

  setStatistics(tenant: string, statistics: ReadonlyMap<string, TemplateStatistics>) {
    return this.call('setStatistics', tenant, statistics);
  }

  countTemplates(tenant: string, personIds: readonly string[]) {
    return this.call('countTemplates', tenant, personIds);
  }

  deleteTemplate(tenant: string, id: string) {
    return this.call('deleteTemplate', tenant, id);
  }

  upsertSightings(sightings: readonly StoredSighting[]) {
    return this.call('upsertSightings', sightings);
  }

  listSightings(tenant: string, filter: SightingFilter, page: { cursor?: string; limit: number }) {
    return this.call('listSightings', tenant, filter, page);
  }

  searchSightings(tenant: string, vector: Float32Array, filter: SightingFilter, limit: number) {
    return this.call('searchSightings', tenant, vector, filter, limit);
  }

  sightingVectors(tenant: string, ids: readonly string[]) {
    return this.call('sightingVectors', tenant, ids);
  }

  countExpired(tenant: string, expiry: SightingExpiry) {
    return this.call('countExpired', tenant, expiry);
  }

  deleteExpired(tenant: string, expiry: SightingExpiry, limit: number) {
    return this.call('deleteExpired', tenant, expiry, limit);
  }

  putCohort(cohort: Cohort | null) {
    return this.call('putCohort', cohort);
  }

  searchCohort(sha256: string, queries: readonly CohortQuery[]) {
    return this.call('searchCohort', sha256, queries);
  }

  forgetPerson(tenant: string, personId: string) {
    return this.call('forgetPerson', tenant, personId);
  }

  /** Replaces the thread when it crashes, until the store is closed. */
  private async keepOpen(): Promise<void> {
    await this.exited;
    while (!this.closed) {
      await sleep(REOPEN_MS);
      // The next call reports why the thread did not start.
      await this.startThread().catch(() => undefined);
      await this.exited;
    }
  }

  private async startThread(): Promise<void> {
    const worker = new Worker(new URL('./embedded-store.thread.js', import.meta.url), {
      workerData: this.options,
    });
    worker.on('error', (error) => (this.crash = error));
    this.exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    void this.exited.then(() => this.stopped());
    await new Promise<void>((resolve, reject) => {
      void this.exited?.then(() => reject(this.gone()));
      worker.on('message', (response: ThreadResponse) => {
        if (response.kind === 'open') resolve();
        else if (response.kind === 'open-failed')
          reject((this.crash = fromPlainError(response.error)));
        else this.settle(response);
      });
    });
    this.worker = worker;
    if (this.closed) this.post({ kind: 'close' });
  }

  private call<M extends Method>(method: M, ...args: Arguments<M>): Promise<Result<M>> {
    return new Promise<Result<M>>((resolve, reject) => {
      const call = this.nextCall++;
      if (!this.worker) {
        reject(this.gone());
        return;
      }
      this.waiting.set(call, { resolve, reject });
      this.post({ kind: 'call', call, method, args });
    });
  }

  private post(request: ThreadRequest): void {
    this.worker?.postMessage(request);
  }

  private settle(response: Extract<ThreadResponse, { call: number }>): void {
    const waiting = this.waiting.get(response.call);
    this.waiting.delete(response.call);
    if (response.kind === 'result') waiting?.resolve(response.result);
    else waiting?.reject(fromPlainError(response.error));
  }

  private stopped(): void {
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(this.gone());
    this.waiting.clear();
  }

  private gone() {
    return storeUnavailable(
      `the embedded vector store in ${this.options.folder} is not open; its thread restarts`,
      this.crash,
    );
  }
}
