import { z } from 'zod';
import { imageSourceSchema } from '#shared/contracts/embed-image.contract.js';
import { metricSchema } from '#shared/contracts/embedding.js';
import {
  boxSchema,
  derivedIdSchema,
  imageRefSchema,
  tenantSchema,
} from '#shared/contracts/image-ref.js';
import { type Sighting, type Template } from './vector-store.port.js';

/** What a store gives back is parsed like anything else that comes from outside. */
const templateSchema = z.object({
  id: derivedIdSchema,
  tenant: tenantSchema,
  personId: z.string(),
  faceId: z.string(),
  image: imageRefSchema,
  box: boxSchema,
  quality: z.number(),
  enrolledAt: z.number(),
  /** Older templates have none. */
  statistics: z
    .object({ normalisation: z.string(), mean: z.number(), deviation: z.number().positive() })
    .nullable()
    .default(null),
});

const sightingSchema = z.object({
  id: derivedIdSchema,
  tenant: tenantSchema,
  imageId: z.string(),
  image: imageRefSchema,
  width: z.number(),
  height: z.number(),
  box: boxSchema,
  source: imageSourceSchema,
  cameraId: z.string().nullable(),
  observedAt: z.number().nullable(),
  detectionScore: z.number(),
  quality: z.number(),
  personId: z.string().nullable(),
  score: z.number().nullable(),
  /** Older sightings have none. */
  metric: metricSchema.default('cosine'),
  decidedAt: z.number(),
});

export function parseTemplate(value: unknown): Template {
  return templateSchema.parse(value);
}

export function parseSighting(value: unknown): Sighting {
  return sightingSchema.parse(value);
}
