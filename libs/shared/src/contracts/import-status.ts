import { z } from 'zod';

/** Status of an import, as ingest stores it in Redis. The embedder reads it before it embeds an image. */
const IMPORT_STATUSES = [
  /** Objects are still being listed. */
  'listing',
  /** All objects are listed; some images have no outcome yet. */
  'running',
  'paused',
  'cancelled',
  'done',
  'failed',
] as const;
export const importStatusSchema = z.enum(IMPORT_STATUSES);
export type ImportStatus = z.output<typeof importStatusSchema>;

/** Null when there is no such import, or when its status is unknown to this version. */
export function parseImportStatus(text: string | null | undefined): ImportStatus | null {
  return importStatusSchema.safeParse(text).data ?? null;
}
