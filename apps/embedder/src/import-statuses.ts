import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { parseImportStatus, type ImportStatus } from '#shared/contracts/import-status.js';
import { importKeys } from '#shared/platform/ledger/keys.js';
import { REDIS } from '#shared/platform/tokens.js';

/** How long a status is cached, because it is read for every image of an import. Milliseconds. */
const CACHED_MS = 1_000;
/** More than the number of imports that run at the same time. */
const MAX_CACHED = 1_000;

interface Cached {
  readonly readAt: number;
  readonly status: Promise<ImportStatus | null>;
}

/** The current status of imports: they may have been paused or cancelled since their images were queued. */
@Injectable()
export class ImportStatuses {
  private readonly cache = new Map<string, Cached>();

  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** At most a second old; null when there is no such import or its status is unknown to this version. */
  async get(importId: string): Promise<ImportStatus | null> {
    const known = this.cache.get(importId);
    if (known && Date.now() - known.readAt < CACHED_MS) return known.status;
    if (this.cache.size >= MAX_CACHED) this.cache.clear();
    const status = this.read(importId);
    this.cache.set(importId, { readAt: Date.now(), status });
    status.catch(() => this.cache.delete(importId));
    return status;
  }

  private async read(importId: string): Promise<ImportStatus | null> {
    return parseImportStatus(await this.redis.hget(importKeys.state(importId), 'status'));
  }
}
