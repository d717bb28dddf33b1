import { z } from 'zod';
import { type QueueContract } from '#shared/contracts/queue-contract.js';

const fields = {
  id: z.string(),
  /** What the handler does: finish, or kill its process. */
  does: z.enum(['work', 'kill']),
};
const firstSchema = z.strictObject({ v: z.literal(1), ...fields });
const secondSchema = z.strictObject({ v: z.literal(2), ...fields, effort: z.int().positive() });
type First = z.infer<typeof firstSchema>;
type Second = z.infer<typeof secondSchema>;

/** One queue in two releases of a service. The second release added a field to the payload. */
export function firstGeneration(queue: string): QueueContract<First, null> {
  return { ...common(queue), version: 1, payload: firstSchema, older: {}, jobId: ({ id }) => id };
}

export function secondGeneration(queue: string): QueueContract<Second, null> {
  return {
    ...common(queue),
    version: 2,
    payload: secondSchema,
    older: { 1: firstSchema.transform((first) => ({ ...first, v: 2 as const, effort: 1 })) },
    jobId: ({ id }) => id,
  };
}

function common(queue: string) {
  return {
    queue,
    result: z.null(),
    priority: () => 0,
    attempts: 3,
    backoffMs: 10,
    keepCompleted: () => true as const,
    keepFailed: () => true as const,
  };
}

/** Settings of a worker process of `run-generation.main.ts`. */
export const generationSettingsSchema = z.object({
  redisUrl: z.string(),
  queue: z.string(),
  generation: z.union([z.literal(1), z.literal(2)]),
  /** Number of jobs that it adds, named `GENERATION-0` and so on. */
  adds: z.int().nonnegative(),
  concurrency: z.int().positive(),
  lockMs: z.int().positive(),
  /** Duration of a job, milliseconds. */
  workMs: z.int().nonnegative(),
});
export type GenerationSettings = z.infer<typeof generationSettingsSchema>;

/** Redis keys to which the worker processes write their results. */
export const resultKeys = {
  /** List of `{ id, generation, version }`: processed jobs, with the version of the payload that the handler got. */
  handled: (queue: string) => `test:${queue}:handled`,
  /** Hash of id to `{ code, evidence }`. */
  givenUp: (queue: string) => `test:${queue}:given-up`,
};
