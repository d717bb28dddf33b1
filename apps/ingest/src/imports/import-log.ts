import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { parseStored } from '#shared/contracts/parse-stored.js';
import { importKeys } from '#shared/outcomes/import-keys.js';
import { OUTCOMES } from '#shared/outcomes/outcome.js';
import { REDIS } from '../tokens.js';

const loggedImageSchema = z.object({
  key: z.string(),
  outcome: z.enum(OUTCOMES),
  code: z.string().optional(),
  message: z.string().optional(),
});
/** An image that gave no sighting, and why; or how one that failed or was refused ended after all. */
export type LoggedImage = z.output<typeof loggedImageSchema>;

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
      images: entries.map(([id, fields]) => parseLogged(`entry ${id} of ${key}`, fields[1] ?? '')),
      cursor: entries.length < page.limit ? null : (entries.at(-1)?.[0] ?? null),
    };
  }
}

export function parseLogged(what: string, text: string): LoggedImage {
  return parseStored(loggedImageSchema, text, what, 'ingest');
}
