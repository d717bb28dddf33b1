import { z } from 'zod';

/** Settings of every service that takes jobs. */
export const queueConfigShape = {
  /**
   * How long a job stays with a worker that has gone silent, milliseconds. Locks are renewed at half time;
   * a third of it more and another worker has the job.
   */
  JOB_LOCK_MS: z.coerce.number().int().min(1_000).default(30_000),
  /** A job that takes longer fails with STAGE_TIMEOUT and is tried again, milliseconds. */
  JOB_TIMEOUT_MS: z.coerce.number().int().min(1_000).default(300_000),
};
export type QueueConfig = Readonly<z.output<z.ZodObject<typeof queueConfigShape>>>;
