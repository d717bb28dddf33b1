import { z } from 'zod';

/** What a service answers to GET /health/ready. */
export const readinessSchema = z.object({
  checks: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      reason: z.string().optional(),
      lasting: z.boolean().optional(),
      /** Of the matcher's policy: why it names nobody, though it is ready. */
      problem: z.string().optional(),
    }),
  ),
});
