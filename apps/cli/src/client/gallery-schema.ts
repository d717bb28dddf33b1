import { z } from 'zod';

const count = z.number().int().nonnegative();

/** How far embedding the gallery again is, as the matcher answers. */
export const galleryRebuildSchema = z.object({
  /** Model space that the matcher works in. */
  space: z.string(),
  /** Whether there is a gallery of another space. */
  needed: z.boolean(),
  state: z.enum(['none', 'listing', 'running', 'done', 'failed']),
  people: count,
  /** People who are still to be embedded. */
  left: count,
  /** Photographs. */
  embedded: count,
  failed: count,
  /** Why nothing moves. */
  waitsFor: z.object({ code: z.string(), message: z.string() }).optional(),
  failures: z.array(
    z.object({
      personId: z.string(),
      name: z.string().nullable(),
      /** Key in the uploads store. */
      photograph: z.string(),
      code: z.string(),
      message: z.string(),
    }),
  ),
  /** Galleries and sightings of other spaces, and where they lie. */
  kept: z.array(z.object({ space: z.string(), place: z.string() })),
});
export type GalleryRebuildView = z.output<typeof galleryRebuildSchema>;
