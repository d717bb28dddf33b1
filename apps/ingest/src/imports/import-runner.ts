import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { toPipelineError } from '#shared/contracts/pipeline-error.js';
import { timed } from '#shared/platform/observability/stage-timer.js';
import { type ObjectStores } from '#shared/platform/storage/open-stores.js';
import { type PageAdder } from './add-page.js';
import { type IgnoredNames } from './ignored-names.js';
import { type ImportLease } from './import-lease.js';
import { type ImportRepository } from './import-repository.js';
import { pending, processed, type ImportProgress, type ImportState } from './import-state.js';
import { type LostImages } from './lost-images.js';
import { type PageRepository } from './page-repository.js';
import { planPage, type PagePlan } from './plan-page.js';

interface Sample {
  readonly at: number;
  readonly count: number;
}

/** Images per second over a sliding window, from a growing count. */
export class RateWindow {
  private readonly samples: Sample[] = [];

  /** @param widthMs length of the window */
  constructor(private readonly widthMs: number) {}

  add(at: number, count: number): void {
    this.samples.push({ at, count });
    while (this.samples.length > 2 && at - this.samples[1]!.at >= this.widthMs) {
      this.samples.shift();
    }
  }

  /** Null until there are two samples. */
  get perSecond(): number | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.at === first.at) return null;
    return Math.max(0, ((last.count - first.count) * 1000) / (last.at - first.at));
  }
}

/**
 * Backpressure: imports may add while the backlog is short. For each tenant the gate closes at the high-water
 * mark and opens again at the low-water mark. Additions run one by one, so that at most one goes past the
 * high-water mark.
 */
export class WatermarkGate {
  /** Tenants for whom it is closed. */
  private readonly held = new Set<string>();
  private last: Promise<unknown> = Promise.resolve();

  /** @param backlog as it counts for a tenant */
  constructor(
    private readonly backlog: (tenant: string) => Promise<number>,
    private readonly high: number,
    private readonly low: number,
  ) {}

  async isOpen(tenant: string): Promise<boolean> {
    const waiting = await this.backlog(tenant);
    const open = this.held.has(tenant) ? waiting <= this.low : waiting < this.high;
    if (open) this.held.delete(tenant);
    else this.held.add(tenant);
    return open;
  }

  /** Waits for earlier additions, then runs `add` if the gate is open. @returns whether it ran */
  async pass(tenant: string, add: () => Promise<void>): Promise<boolean> {
    const turn = this.last.then(async () => {
      if (!(await this.isOpen(tenant))) return false;
      await add();
      return true;
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

const POLL_MS = 200;
/** Pause when Redis is unavailable or full. */
const WAIT_MS = 2_000;
/** Pause after a store has failed. */
const STORE_RETRY_MS = 5_000;
const RATE_WINDOW_MS = 20_000;
const RATE_SAMPLE_MS = 1_000;

export interface RunnerParts {
  readonly imports: ImportRepository;
  readonly pages: PageRepository;
  readonly adder: PageAdder;
  readonly lost: LostImages;
  readonly stores: ObjectStores;
  readonly gate: WatermarkGate;
  readonly ignored: IgnoredNames;
  readonly pageSize: number;
  readonly recheckIntervalMs: number;
}

/** Runs one import from its checkpoint to its end, page by page. */
export class ImportRunner {
  private readonly logger = new Logger('imports');
  private readonly rate = new RateWindow(RATE_WINDOW_MS);
  private sampledAt = 0;
  private recheckedAt = Date.now();
  private storeRetryAt = 0;

  constructor(
    private readonly lease: ImportLease,
    private readonly parts: RunnerParts,
    private readonly stop: AbortSignal,
  ) {}

  /** Returns when the import is over, when another process has taken it over, or at shutdown. */
  async run(): Promise<void> {
    while (this.lease.held && !this.stop.aborted) {
      let goOn = false;
      try {
        const progress = await this.parts.imports.read(this.lease.importId);
        if (progress?.state.finishedAt !== null) return;
        goOn = await this.step(progress);
      } catch (error) {
        await this.rest(error);
      }
      if (!goOn) await this.sleep(POLL_MS);
    }
  }

  /** Logs the error, and pauses when Redis is unavailable or full. */
  private async rest(error: unknown): Promise<void> {
    const { code, message, class: errorClass } = toPipelineError(error, 'ingest');
    if (errorClass === 'wait') {
      this.logger.warn(`import ${this.lease.importId}: ${code}: ${message}`);
      await this.sleep(WAIT_MS);
    } else {
      this.logger.error(error);
    }
  }

  private async sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stop }).catch(() => undefined);
  }

  /** @returns whether the next step can start at once */
  private async step(progress: ImportProgress): Promise<boolean> {
    const { state } = progress;
    const begun = await this.parts.pages.begun(state);
    if (begun) {
      await this.take(state, begun);
      return true;
    }
    await this.measure(progress);
    if (pending(progress) === 0 && !hasMoreToList(state)) {
      await this.parts.pages.finish(this.lease);
      return true;
    }
    if (state.status === 'paused') return false;
    await this.recheck(state);
    return state.status === 'listing' && this.listNext(state);
  }

  private async listNext(state: ImportState): Promise<boolean> {
    const { gate, pages } = this.parts;
    if (Date.now() < this.storeRetryAt || !(await gate.isOpen(state.tenant))) return false;
    const listedAt = Date.now();
    const plan = await this.list(state);
    if (!plan) return false;
    return gate.pass(state.tenant, async () => {
      await pages.begin(this.lease, state.pages, plan);
      // Another process runs the import now, and may have listed other images.
      if (!this.lease.held) return;
      await this.take(state, plan, listedAt);
    });
  }

  private async take(state: ImportState, plan: PagePlan, listedAt?: number): Promise<void> {
    const { adder } = this.parts;
    const result = await timed('add', () => adder.add(state, plan.images, listedAt));
    await this.parts.pages.commit(this.lease, state.pages, plan, result);
  }

  private async list(state: ImportState): Promise<PagePlan | null> {
    const { imports, stores, ignored, pageSize } = this.parts;
    try {
      const page = await timed('list', () =>
        stores.get(state.store).list(state.prefix, {
          // No key sorts before itself as a prefix, so a single object is the first one.
          limit: state.single ? 1 : pageSize,
          ...(state.cursor !== null && { cursor: state.cursor }),
        }),
      );
      const plan = planPage(page, state, ignored);
      const found = plan.images.length + plan.skipped;
      if (found > 0 || plan.cursor !== null || state.cursor !== null) return plan;
      const what = state.single ? 'no object' : 'no object whose key starts with';
      const message = `store ${state.store} has ${what} "${state.prefix}"`;
      await imports.fail(state.id, { code: 'IMPORT_EMPTY', message });
    } catch (error) {
      const { code, message, class: errorClass } = toPipelineError(error, 'ingest');
      this.logger.warn(`import ${state.id}: ${code}: ${message}`);
      if (errorClass === 'quarantine') await imports.fail(state.id, { code, message });
      else await imports.noteError(state.id, { code, message });
      this.storeRetryAt = Date.now() + STORE_RETRY_MS;
    }
    return null;
  }

  private async measure(progress: ImportProgress): Promise<void> {
    if (Date.now() - this.sampledAt < RATE_SAMPLE_MS) return;
    this.sampledAt = Date.now();
    this.rate.add(this.sampledAt, processed(progress));
    await this.parts.pages.noteRate(this.lease, this.rate.perSecond);
  }

  private async recheck(state: ImportState): Promise<void> {
    if (Date.now() - this.recheckedAt < this.parts.recheckIntervalMs) return;
    await this.parts.lost.recheck(this.lease, state);
    this.recheckedAt = Date.now();
  }
}

function hasMoreToList({ status, listingDone }: ImportState): boolean {
  return status === 'listing' || (status === 'paused' && !listingDone);
}
