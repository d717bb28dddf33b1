import { z } from 'zod';
import { type QueueContract } from '#shared/contracts/queue-contract.js';

const fields = {
  id: z.string(),
  /** What its handler does: finish, or die with its process. */
  does: z.enum(['work', 'kill']),
};
const firstSchema = z.strictObject({ v: z.literal(1), ...fields });
const secondSchema = z.strictObject({ v: z.literal(2), ...fields, effort: z.int().positive() });
type First = z.infer<typeof firstSchema>;
type Second = z.infer<typeof secondSchema>;

/** One queue as two releases of a service know it: the second has given its payload a field. */
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

/** What a worker process of `run-generation.main.ts` is told. */
export const generationSettingsSchema = z.object({
  redisUrl: z.string(),
  queue: z.string(),
  generation: z.union([z.literal(1), z.literal(2)]),
  /** Jobs that it adds, named `GENERATION-0` and so on. */
  adds: z.int().nonnegative(),
  concurrency: z.int().positive(),
  lockMs: z.int().positive(),
  /** What a job takes, milliseconds. */
  workMs: z.int().nonnegative(),
});
export type GenerationSettings = z.infer<typeof generationSettingsSchema>;

/** Redis keys that the worker processes write what they did to. */
export const resultKeys = {
  /** List of `{ id, generation, version }`: handled jobs, with the payload version that they came in. */
  handled: (queue: string) => `test:${queue}:handled`,
  /** Hash of id to `{ code, evidence }`. */
  givenUp: (queue: string) => `test:${queue}:given-up`,
};
