import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { parseStored } from '#shared/contracts/parse-stored.js';
import { type SkipReason } from '#shared/contracts/skip-reason.js';
import { importKeys } from '#shared/platform/ledger/keys.js';
import { LOG_LENGTH } from '#shared/platform/ledger/outcome-ledger.js';
import { LuaScript } from '#shared/platform/redis/lua-script.js';
import { type IngestConfig } from '../ingest.config.js';
import { CONFIG, REDIS } from '#shared/platform/tokens.js';
import { ImportLease } from './import-lease.js';
import { FINAL_OUTCOMES, type ImportState } from './import-state.js';
import { pagePlanSchema, type PagePlan, type PlannedImage } from './plan-page.js';

// All return 1, or 0 when another runner holds the lease.
const savePlan = new LuaScript<number>(import.meta.dirname, 'lua/save-plan.lua');
const commitPage = new LuaScript<number>(import.meta.dirname, 'lua/commit-page.lua');
const finishImport = new LuaScript<number>(import.meta.dirname, 'lua/finish-import.lua');
const noteRate = new LuaScript<number>(import.meta.dirname, 'lua/note-rate.lua');

/** The counts of a page, after its images were claimed and queued. */
export interface PageResult {
  /** Images that have no outcome yet. */
  readonly unfinished: readonly PlannedImage[];
  readonly alreadyDone: ImportState['alreadyDone'];
  /** Images that were refused before, by error code. */
  readonly problems: ReadonlyMap<string, number>;
  /** Entries for the import's log, JSON. */
  readonly log: readonly string[];
}

const DAY_SECONDS = 24 * 3600;

/**
 * The pages of an import: the current page, and earlier pages that still have images without an outcome.
 * Only the holder of the lease can write; writes of others have no effect.
 */
@Injectable()
export class PageRepository {
  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(CONFIG) private readonly config: IngestConfig,
  ) {}

  /** A page that was started and not counted, because its runner crashed or was stopped. */
  async begun({ id, pages }: ImportState): Promise<PagePlan | null> {
    const plan = await this.redis.hget(pagesKey(id), String(pages));
    return plan === null ? null : parsePlan(id, plan);
  }

  begin(lease: ImportLease, page: number, plan: PagePlan): Promise<void> {
    return this.save(lease, page, JSON.stringify(plan));
  }

  /** Counts a page and moves the checkpoint past it, in one step. */
  async commit(
    lease: ImportLease,
    page: number,
    plan: PagePlan,
    { unfinished, alreadyDone, problems, log }: PageResult,
  ): Promise<void> {
    const { importId: id } = lease;
    const reasons = countReasons(plan);
    const skipped = (plan.skippedObjects ?? []).map(([key, reason]) =>
      JSON.stringify({ key, reason }),
    );
    await this.held(
      commitPage,
      lease,
      [
        importKeys.state(id),
        importKeys.log(id),
        pagesKey(id),
        importKeys.counts(id),
        importKeys.skipped(id),
      ],
      [
        page,
        plan.cursor === null ? '1' : '0',
        plan.cursor ?? '',
        LOG_LENGTH,
        plan.images.length,
        plan.skipped,
        ...FINAL_OUTCOMES.map((outcome) => alreadyDone[outcome]),
        planOf(unfinished),
        problems.size,
        reasons.size,
        skipped.length,
        ...[...problems].flat(),
        ...[...reasons].flat(),
        ...skipped,
        ...log,
      ],
    );
  }

  /** Numbers of the counted pages that may hold images without an outcome. */
  async open({ id, pages }: ImportState): Promise<number[]> {
    const numbers = (await this.redis.hkeys(pagesKey(id))).map(Number);
    return numbers.filter((page) => page < pages).sort((a, b) => a - b);
  }

  async images(id: string, page: number): Promise<readonly PlannedImage[]> {
    const plan = await this.redis.hget(pagesKey(id), String(page));
    return plan === null ? [] : parsePlan(id, plan).images;
  }

  /** Reduces a counted page to its images without an outcome. */
  shrink(lease: ImportLease, page: number, images: readonly PlannedImage[]): Promise<void> {
    return this.save(lease, page, planOf(images));
  }

  async finish(lease: ImportLease): Promise<void> {
    const { importId: id } = lease;
    const { KEEP_IMPORTS_DAYS, KEEP_IMPORT_LOGS_DAYS } = this.config;
    const keys = [importKeys.state(id), importKeys.counts(id), importKeys.log(id), pagesKey(id)];
    await this.held(
      finishImport,
      lease,
      [...keys, importKeys.index, importKeys.skipped(id)],
      [id, Date.now(), KEEP_IMPORTS_DAYS * DAY_SECONDS, KEEP_IMPORT_LOGS_DAYS * DAY_SECONDS],
    );
  }

  noteRate(lease: ImportLease, imagesPerSecond: number | null): Promise<void> {
    const rate = imagesPerSecond ?? '';
    return this.held(noteRate, lease, [importKeys.state(lease.importId)], [rate, Date.now()]);
  }

  private save(lease: ImportLease, page: number, plan: string): Promise<void> {
    return this.held(savePlan, lease, [pagesKey(lease.importId)], [page, plan]);
  }

  private async held(
    script: LuaScript<number>,
    lease: ImportLease,
    keys: string[],
    values: (string | number)[],
  ): Promise<void> {
    const all = [ImportLease.keyOf(lease.importId), ...keys];
    const done = await script.run(this.redis, all, [lease.token, ...values]);
    if (done === 0) lease.lose();
  }
}

function pagesKey(id: string): string {
  return `${importKeys.state(id)}:pages`;
}

function parsePlan(id: string, plan: string): PagePlan {
  return parseStored(pagePlanSchema, plan, `a page of import ${id}`, 'ingest');
}

function countReasons({ skippedObjects = [] }: PagePlan): Map<SkipReason, number> {
  const reasons = new Map<SkipReason, number>();
  for (const [, reason] of skippedObjects) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return reasons;
}

/** The plan of a counted page: only its images are still needed. Empty when there are none. */
function planOf(images: readonly PlannedImage[]): string {
  if (images.length === 0) return '';
  return JSON.stringify({ images, skipped: 0, cursor: null } satisfies PagePlan);
}
