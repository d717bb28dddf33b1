import { z } from 'zod';
import { boxSchema, imageRefSchema } from '#shared/contracts/image-ref.js';

export const personSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** How many photographs are enrolled. */
  templates: z.union([
    z.number().int().nonnegative(),
    z.array(z.unknown()).transform((templates) => templates.length),
  ]),
});
export type Person = z.output<typeof personSchema>;

export const templateSchema = z.object({ id: z.string() });

export const sightingSchema = z.object({
  id: z.string(),
  imageId: z.string(),
  image: imageRefSchema,
  /** Pixels of the upright image. */
  width: z.number().positive(),
  height: z.number().positive(),
  box: boxSchema,
  personId: z.string().nullable(),
  personName: z.string().nullish(),
  /** Cosine similarity to the best template, null when the gallery was empty. */
  score: z.number().nullable(),
  quality: z.number(),
  /** Milliseconds since the epoch, or ISO 8601. */
  decidedAt: z.coerce.date(),
});
export type Sighting = z.output<typeof sightingSchema>;

const candidateSchema = z.object({ personId: z.string(), name: z.string(), score: z.number() });

export const verifySchema = z.object({
  same: z.boolean(),
  similarity: z.number(),
  distance: z.number(),
  metric: z.string(),
  threshold: z.number(),
  falseAcceptRate: z.number().nullish(),
  space: z.string(),
  faces: z.array(z.object({ box: boxSchema.optional(), personId: z.string().optional() })),
});
export type Verification = z.output<typeof verifySchema>;

export const identifySchema = z.object({
  width: z.number(),
  height: z.number(),
  space: z.string(),
  threshold: z.number(),
  faces: z.array(
    z.object({
      box: boxSchema,
      quality: z.number(),
      decision: z.enum(['person', 'unknown']),
      reason: z.string().nullish(),
      candidates: z.array(candidateSchema),
    }),
  ),
  unusable: z.array(z.object({ box: boxSchema, reason: z.string() })),
});
export type Identification = z.output<typeof identifySchema>;
