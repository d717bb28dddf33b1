import { z } from 'zod';
import { isImageName } from '#shared/platform/storage/object-names.js';
import { type ObjectInfo, type ObjectPage } from '#shared/platform/storage/object-store.port.js';

/** An image of a page: key, version, and the time of the object's last change (ISO 8601) or null. */
export type PlannedImage = readonly [key: string, version: string, changedAt: string | null];

/** A plan as stored in Redis. */
export const pagePlanSchema: z.ZodType<PagePlan> = z.object({
  images: z.array(z.tuple([z.string(), z.string(), z.string().nullable()])),
  skipped: z.number().int().nonnegative(),
  cursor: z.string().nullable(),
});

/**
 * One step of an import, stored before it is executed: after a crash the same images are added again, even if
 * the store has changed meanwhile.
 */
export interface PagePlan {
  readonly images: readonly PlannedImage[];
  /** Number of objects whose name is not that of an image. */
  readonly skipped: number;
  /** Start of the next page; null on the last page. */
  readonly cursor: string | null;
}

export function planPage({ objects, cursor }: ObjectPage): PagePlan {
  const images = objects.filter(({ key }) => isImageName(key));
  return {
    images: images.map((object) => [object.key, object.version, changedAt(object)]),
    skipped: objects.length - images.length,
    cursor,
  };
}

/** Null for a year that does not have four digits; some file systems report such times. */
function changedAt({ lastModified }: ObjectInfo): string | null {
  const year = lastModified.getUTCFullYear();
  return year >= 0 && year <= 9999 ? lastModified.toISOString() : null;
}
