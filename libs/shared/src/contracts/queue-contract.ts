import type { z } from 'zod';

/** How long BullMQ keeps a finished job; `true` removes the job at once. */
export type Retention = { /** Seconds. */ readonly age: number; readonly count: number } | true;

/** Everything that two services agree on about one queue. Names and fields are stored, so a change of one is a migration. */
export interface QueueContract<Payload, Result> {
  readonly queue: string;
  /** Version of the payloads that producers write: their field `v`. */
  readonly version: number;
  /** The producer parses it before adding a job, the worker when taking one. */
  readonly payload: z.ZodType<Payload>;
  /**
   * Older payload versions, each parsed and upgraded to the current one. Remove a version only when no
   * queue and no producer can have it any more.
   */
  readonly older: Readonly<Record<number, z.ZodType<Payload>>>;
  /** Parsed by the caller that waits for the job. */
  readonly result: z.ZodType<Result>;
  /** Derived from the payload, so that adding it twice makes one job. Without ':', which BullMQ reserves. */
  jobId(payload: Payload): string;
  /** Fields of the job's log lines and spans. Jobs of a contract without this are not traced. */
  ids?(payload: Payload): Readonly<Record<string, string>>;
  /** BullMQ priority: 0 first, then 1, 2, … */
  priority(payload: Payload): number;
  readonly attempts: number;
  /** Delay of the first retry, milliseconds; doubles each time, with jitter. */
  readonly backoffMs: number;
  keepCompleted(payload: Payload): Retention;
  /** How long a failed job is kept after its handler has given it up. */
  keepFailed(payload: Payload): Retention;
}

/** Live work (cameras, queries) runs before archive work on the same queue. */
export const LANES = ['live', 'archive'] as const;
export type Lane = (typeof LANES)[number];

export function lanePriority(lane: Lane): number {
  return lane === 'live' ? 0 : 1;
}
