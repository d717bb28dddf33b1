import { z } from 'zod';
import { type SkipReason, skipReasonSchema } from '#shared/contracts/skip-reason.js';
import { whyNotAnImage } from '#shared/platform/storage/object-names.js';
import { type ObjectInfo, type ObjectPage } from '#shared/platform/storage/object-store.port.js';
import { type IgnoredNames } from './ignored-names.js';

/** An image of a page: key, version, and the time of the object's last change (ISO 8601) or null. */
export type PlannedImage = readonly [key: string, version: string, changedAt: string | null];

/** An object of a page that the import does not look at. */
export type SkippedObject = readonly [key: string, reason: SkipReason];

/** A plan as stored in Redis. */
export const pagePlanSchema: z.ZodType<PagePlan> = z.object({
  images: z.array(z.tuple([z.string(), z.string(), z.string().nullable()])),
  skipped: z.number().int().nonnegative(),
  skippedObjects: z.array(z.tuple([z.string(), skipReasonSchema])).exactOptional(),
  cursor: z.string().nullable(),
});

/**
 * One step of an import, stored before it is executed: after a crash the same images are added again, even if
 * the store has changed meanwhile.
 */
export interface PagePlan {
  readonly images: readonly PlannedImage[];
  /** Number of objects that the import does not look at. */
  readonly skipped: number;
  /** These objects. Plans of older versions, and of counted pages, do not have them. */
  readonly skippedObjects?: readonly SkippedObject[];
  /** Start of the next page; null on the last page. */
  readonly cursor: string | null;
}

/** What of a store an import is about. */
interface ImportScope {
  readonly prefix: string;
  /** Only the object whose key is `prefix`, whether or not its name is ignored. */
  readonly single: boolean;
}

export function planPage(
  { objects, skipped, cursor }: ObjectPage,
  { prefix, single }: ImportScope,
  ignored: IgnoredNames,
): PagePlan {
  const isMeant = ({ key }: { readonly key: string }) => !single || key === prefix;
  const why = (key: string) =>
    !single && ignored.has(key, prefix) ? 'ignored' : whyNotAnImage(key);
  const found = objects.filter(isMeant).map((object) => ({ object, reason: why(object.key) }));
  const skippedObjects = [
    ...skipped.filter(isMeant),
    ...found.flatMap(({ object: { key }, reason }) => (reason ? [{ key, reason }] : [])),
  ]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, reason }) => [key, reason] as const);
  return {
    images: found.flatMap(({ object, reason }) =>
      reason ? [] : [[object.key, object.version, changedAt(object)] as const],
    ),
    skipped: skippedObjects.length,
    skippedObjects,
    cursor: single ? null : cursor,
  };
}

/** Null for a year that does not have four digits; some file systems report such times. */
function changedAt({ lastModified }: ObjectInfo): string | null {
  const year = lastModified.getUTCFullYear();
  return year >= 0 && year <= 9999 ? lastModified.toISOString() : null;
}
