import { z } from 'zod';
import { encodedEmbeddingSchema } from '#shared/contracts/embedding.js';
import { boxSchema, imageRefSchema } from '#shared/contracts/image-ref.js';
import { metricSchema } from '#shared/models/manifest.js';

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
  /** Of the best person, null when the gallery was empty. */
  score: z.number().nullable(),
  /** What the score is in. */
  metric: metricSchema,
  quality: z.number(),
  /** Milliseconds since the epoch, or ISO 8601. */
  decidedAt: z.coerce.date(),
});
export type Sighting = z.output<typeof sightingSchema>;

const candidateSchema = z.object({ personId: z.string(), name: z.string(), score: z.number() });

/** `extrapolated`: the rate is stricter than any that was measured; `set`: by MATCH_THRESHOLD. */
const thresholdBasisSchema = z.enum(['measured', 'extrapolated', 'set']);

export const verifySchema = z.object({
  same: z.boolean(),
  score: z.number(),
  /** What score and threshold are in. */
  metric: metricSchema,
  threshold: z.number(),
  thresholdBasis: thresholdBasisSchema,
  /** Null when the threshold was set. */
  falseAcceptRate: z.number().nullable(),
  /** Cosine, whatever the metric. */
  similarity: z.number(),
  distance: z.number(),
  space: z.string(),
  faces: z.array(z.object({ box: boxSchema.optional(), personId: z.string().optional() })),
});
export type Verification = z.output<typeof verifySchema>;

export const identifySchema = z.object({
  width: z.number(),
  height: z.number(),
  space: z.string(),
  metric: metricSchema,
  /** Null when the model pack is uncalibrated; then nobody is named. */
  threshold: z.number().nullable(),
  thresholdBasis: thresholdBasisSchema.nullable(),
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

export const cohortSampleSchema = z.object({
  space: z.string(),
  dimension: z.number().int().positive(),
  embeddings: z.array(encodedEmbeddingSchema),
});
export type CohortSample = z.output<typeof cohortSampleSchema>;
