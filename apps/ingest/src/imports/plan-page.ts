import { z } from 'zod';
import { isImageName } from '#shared/platform/storage/object-names.js';
import { type ObjectInfo, type ObjectPage } from '#shared/platform/storage/object-store.port.js';

/** An image of a page: key, version, and when its object changed last as ISO 8601 or null. */
export type PlannedImage = readonly [key: string, version: string, changedAt: string | null];

/** As a plan is kept. */
export const pagePlanSchema: z.ZodType<PagePlan> = z.object({
  images: z.array(z.tuple([z.string(), z.string(), z.string().nullable()])),
  skipped: z.number().int().nonnegative(),
  cursor: z.string().nullable(),
});

/**
 * One step of an import, written down before it is taken: after a crash the same images are added
 * again, whatever has changed in the store since.
 */
export interface PagePlan {
  readonly images: readonly PlannedImage[];
  /** Objects that are no image by their name. */
  readonly skipped: number;
  /** Where the next page begins; null after the last. */
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

/** Null for a time that ISO 8601 cannot write in four digits of year: some file systems make such. */
function changedAt({ lastModified }: ObjectInfo): string | null {
  const year = lastModified.getUTCFullYear();
  return year >= 0 && year <= 9999 ? lastModified.toISOString() : null;
}
