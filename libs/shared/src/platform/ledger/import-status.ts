import { type Redis } from 'ioredis';
import { importStatusSchema, type ImportStatus } from '../../contracts/import-status.js';
import { importKeys } from './keys.js';

/** Null when there is no such import, or when its status is unknown to this version. */
export async function readImportStatus(
  redis: Redis,
  importId: string,
): Promise<ImportStatus | null> {
  return parseImportStatus(await redis.hget(importKeys.state(importId), 'status'));
}

export function parseImportStatus(text: string | null | undefined): ImportStatus | null {
  return importStatusSchema.safeParse(text).data ?? null;
}
