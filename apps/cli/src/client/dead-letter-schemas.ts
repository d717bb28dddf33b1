import { z } from 'zod';

const count = z.number().int().nonnegative();

const deadLetterSchema = z.object({
  id: z.string(),
  stage: z.string(),
  code: z.string(),
  class: z.string(),
  message: z.string(),
  causes: z.array(z.string()),
  queue: z.string().nullable(),
  job: z.object({ name: z.string(), id: z.string(), replayable: z.boolean() }).nullable(),
  image: z.object({ store: z.string(), key: z.string(), version: z.string() }).nullable(),
  /** Why the image was in the pipeline. */
  source: z
    .object({ kind: z.string(), importId: z.string().optional(), cameraId: z.string().optional() })
    .nullable(),
  /** Imports that the image is counted in. */
  imports: z.array(z.string()),
  attempts: count,
  crashes: count,
  replays: count,
  worker: z.string().nullable(),
  lastCrashedWorker: z.string().nullable(),
  engine: z.array(
    z.object({
      role: z.string(),
      pack: z.string(),
      engine: z.string(),
      device: z.string(),
      precision: z.string(),
    }),
  ),
  versions: z.object({
    sightline: z.string(),
    node: z.string(),
    payload: z.number().nullable(),
    space: z.string().nullable(),
  }),
  addedAt: z.string().nullable(),
  diedAt: z.string(),
});
export type DeadLetter = z.output<typeof deadLetterSchema>;

export const deadLetterPageSchema = z.object({
  letters: z.array(deadLetterSchema),
  cursor: z.string().nullish(),
});

export const deadLetterDetailsSchema = deadLetterSchema.extend({
  job: z
    .object({ name: z.string(), id: z.string(), replayable: z.boolean(), data: z.unknown() })
    .nullable(),
});
export type DeadLetterDetails = z.output<typeof deadLetterDetailsSchema>;

export const deadLetterCountsSchema = z.object({
  total: count,
  forgotten: count,
  counts: z.array(z.object({ code: z.string(), stage: z.string(), count })),
});
export type DeadLetterCounts = z.output<typeof deadLetterCountsSchema>;

export const replaySummarySchema = z.object({
  replayed: count,
  busy: count,
  notReplayable: count,
});
export type ReplaySummary = z.output<typeof replaySummarySchema>;

export const dropSummarySchema = z.object({ dropped: count });
