import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { importKeys } from '#shared/platform/ledger/keys.js';
import { REDIS } from './tokens.js';

/** Every image of an import asks; this is how long one answer serves, milliseconds. */
const TRUSTED_MS = 1_000;
/** More imports than run at once. */
const MAX_REMEMBERED = 1_000;

interface Remembered {
  readonly askedAt: number;
  readonly status: Promise<string | null>;
}

/** What became of imports since their images were put on the queue. */
@Injectable()
export class ImportStatuses {
  private readonly remembered = new Map<string, Remembered>();

  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** Status of an import, at most a second old; null when there is no such import. */
  async get(importId: string): Promise<string | null> {
    const known = this.remembered.get(importId);
    if (known && Date.now() - known.askedAt < TRUSTED_MS) return known.status;
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    const status = this.redis.hget(importKeys.state(importId), 'status');
    this.remembered.set(importId, { askedAt: Date.now(), status });
    status.catch(() => this.remembered.delete(importId));
    return status;
  }
}
