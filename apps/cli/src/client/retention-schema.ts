import { z } from 'zod';

/** What the matcher deletes when it is too old, in the order in which it goes. */
export const EXPIRING_KINDS = ['sightings', 'snapshots', 'events'] as const;
export type ExpiringKind = (typeof EXPIRING_KINDS)[number];

export const retentionStepSchema = z.object({
  count: z.number().int().nonnegative(),
  cursor: z.string().nullable(),
  /** What should have gone and did not. */
  failed: z.number().int().nonnegative().default(0),
  problem: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type RetentionStep = z.output<typeof retentionStepSchema>;
