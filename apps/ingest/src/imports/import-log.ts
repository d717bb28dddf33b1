import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { importKeys } from '#shared/outcomes/import-keys.js';
import { type Outcome } from '#shared/outcomes/outcome.js';
import { REDIS } from '../tokens.js';

/** An image that gave no sighting, and why; or how one that failed or was refused ended after all. */
export interface LoggedImage {
  readonly key: string;
  readonly outcome: Outcome;
  readonly code?: string;
  readonly message?: string;
}

/** The images of an import without a sighting, in the order they came out. */
@Injectable()
export class ImportLog {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  async read(
    importId: string,
    page: { readonly cursor?: string | undefined; readonly limit: number },
  ): Promise<{ images: LoggedImage[]; cursor: string | null }> {
    const start = page.cursor === undefined ? '-' : `(${page.cursor}`;
    const key = importKeys.log(importId);
    const entries = await this.redis.xrange(key, start, '+', 'COUNT', page.limit);
    return {
      images: entries.map(([, fields]) => JSON.parse(fields[1] ?? '{}') as LoggedImage),
      cursor: entries.length < page.limit ? null : (entries.at(-1)?.[0] ?? null),
    };
  }
}
