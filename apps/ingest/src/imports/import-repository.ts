import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import {
  importImageSchema,
  type ImportImage,
  importSkipSchema,
  type ImportSkip,
} from '#shared/contracts/http/imports.http.js';
import { type ImportStatus } from '#shared/contracts/import-status.js';
import { parseStored } from '#shared/contracts/parse-stored.js';
import { importKeys } from '#shared/platform/ledger/keys.js';
import { LuaScript } from '#shared/platform/redis/lua-script.js';
import { REDIS } from '#shared/platform/tokens.js';
import {
  parseCounts,
  parseState,
  type ImportError,
  type ImportProgress,
  pending,
} from './import-state.js';

const changeStatus = new LuaScript<ImportStatus>(import.meta.dirname, 'lua/change-status.lua');

interface NewImport {
  readonly tenant: string;
  readonly store: string;
  readonly prefix: string;
  readonly single?: boolean;
  readonly space: string;
}

const FORGOTTEN_AT_ONCE = 10;
const UNFINISHED: readonly ImportStatus[] = ['listing', 'running', 'paused'];

/** Imports in Redis: create, read, pause, resume, cancel. The runner's own writes are in PageRepository. */
@Injectable()
export class ImportRepository {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  async create({ single = false, ...fresh }: NewImport): Promise<string> {
    await this.forgetExpired(tenantIndex(fresh.tenant));
    const id = String(await this.redis.incr(importKeys.sequence));
    await this.redis
      .multi()
      .hset(importKeys.state(id), {
        id,
        ...fresh,
        ...(single && { single: '1' }),
        status: 'listing',
        startedAt: Date.now(),
      })
      .zadd(tenantIndex(fresh.tenant), id, id)
      .sadd(importKeys.index, id)
      .exec();
    return id;
  }

  async read(id: string): Promise<ImportProgress | null> {
    const [state, counts] = await Promise.all([
      this.redis.hgetall(importKeys.state(id)),
      this.redis.hgetall(importKeys.counts(id)),
    ]);
    const parsed = parseState(state);
    return parsed && { state: parsed, counts: parseCounts(counts) };
  }

  /** The index does not expire with its imports, so each new import removes some expired entries. */
  private async forgetExpired(index: string): Promise<void> {
    const oldest = await this.redis.zrange(index, 0, String(FORGOTTEN_AT_ONCE - 1));
    const kept = await Promise.all(oldest.map((id) => this.redis.exists(importKeys.state(id))));
    const expired = oldest.filter((_, i) => kept[i] === 0);
    if (expired.length > 0) await this.redis.zrem(index, ...expired);
  }

  /** A tenant's imports, newest first, before the one named by `cursor`. */
  async list(tenant: string, limit: number, cursor?: string): Promise<ImportProgress[]> {
    const highest = cursor === undefined ? '+inf' : `(${cursor}`;
    const index = tenantIndex(tenant);
    const ids = await this.redis.zrange(
      index,
      highest,
      '-inf',
      'BYSCORE',
      'REV',
      'LIMIT',
      0,
      limit,
    );
    const found = await Promise.all(ids.map((id) => this.read(id)));
    const expired = ids.filter((_, i) => found[i] === null);
    if (expired.length > 0) await this.redis.zrem(index, ...expired);
    return found.filter((progress) => progress !== null);
  }

  /** Ids of the imports that need a runner, of all tenants. */
  async unfinished(): Promise<string[]> {
    return this.redis.smembers(importKeys.index);
  }

  pause(id: string): Promise<ImportStatus> {
    return this.transition(id, 'paused', ['listing', 'running']);
  }

  resume(id: string): Promise<ImportStatus> {
    return this.transition(id, '', ['paused']);
  }

  cancel(id: string): Promise<ImportStatus> {
    return this.transition(id, 'cancelled', UNFINISHED);
  }

  fail(id: string, error: ImportError): Promise<ImportStatus> {
    return this.transition(id, 'failed', UNFINISHED, error);
  }

  /** Stores why an import does not proceed. */
  async noteError(id: string, error: ImportError): Promise<void> {
    await this.redis.hset(importKeys.state(id), 'error', JSON.stringify(error));
  }

  /** @returns the status before */
  private transition(
    id: string,
    to: ImportStatus | '',
    from: readonly ImportStatus[],
    error?: ImportError,
  ): Promise<ImportStatus> {
    const text = error ? JSON.stringify(error) : '';
    const key = importKeys.state(id);
    return changeStatus.run(this.redis, [key], [to, text, ...from]);
  }
}

function tenantIndex(tenant: string): string {
  return `${importKeys.index}:${tenant}`;
}

interface LogPage {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** What an import says of single objects, each in the order in which it was noted. */
@Injectable()
export class ImportLog {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** Images without a sighting. */
  async images(importId: string, page: LogPage) {
    const { entries, cursor } = await this.read(importKeys.log(importId), page);
    return { images: entries.map(({ what, text }) => parseLogged(what, text)), cursor };
  }

  /** Objects that the import did not look at. */
  async skipped(
    importId: string,
    page: LogPage,
  ): Promise<{ skipped: ImportSkip[]; cursor: string | null }> {
    const { entries, cursor } = await this.read(importKeys.skipped(importId), page);
    const skipped = entries.map(({ what, text }) =>
      parseStored(importSkipSchema, text, what, 'ingest'),
    );
    return { skipped, cursor };
  }

  private async read(key: string, page: LogPage) {
    const start = page.cursor === undefined ? '-' : `(${page.cursor}`;
    const found = await this.redis.xrange(key, start, '+', 'COUNT', page.limit);
    return {
      entries: found.map(([id, fields]) => ({
        what: `entry ${id} of ${key}`,
        text: fields[1] ?? '',
      })),
      cursor: found.length < page.limit ? null : (found.at(-1)?.[0] ?? null),
    };
  }
}

export function parseLogged(what: string, text: string): ImportImage {
  return parseStored(importImageSchema, text, what, 'ingest');
}

/** Imports that are not over. An import with a damaged record is skipped. */
export async function readUnfinished(imports: ImportRepository): Promise<ImportProgress[]> {
  const ids = await imports.unfinished();
  const found = await Promise.allSettled(ids.map((id) => imports.read(id)));
  return found.flatMap((read) => (read.status === 'fulfilled' && read.value ? [read.value] : []));
}

export function isPaused({ state }: ImportProgress): boolean {
  return state.status === 'paused';
}

/** Images that wait for an import to be resumed. */
export function pausedImages(unfinished: readonly ImportProgress[]): number {
  return unfinished.filter(isPaused).reduce((sum, progress) => sum + pending(progress), 0);
}
