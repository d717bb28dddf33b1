import { z } from 'zod';
import { storeNameSchema } from '#shared/contracts/image-ref.js';
import { personIdSchema } from '../people/person.js';
import { type SightingFilter } from '../vectors/vector-store.port.js';

const instantSchema = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

export const sightingFilterShape = {
  store: storeNameSchema.optional(),
  cameraId: z.string().min(1).max(128).optional(),
  /** Seen at or after: ISO 8601 with zone. */
  from: instantSchema.optional(),
  /** Seen at or before. */
  to: instantSchema.optional(),
};

export const sightingsQuerySchema = z.strictObject({
  ...sightingFilterShape,
  personId: personIdSchema.optional(),
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** The filter of those fields that are there. */
export function sightingFilter(given: Given<SightingFilter>): SightingFilter {
  const { store, personId, cameraId, from, to } = given;
  return {
    ...(store !== undefined && { store }),
    ...(personId !== undefined && { personId }),
    ...(cameraId !== undefined && { cameraId }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}
