import type { z } from 'zod';

/** How long BullMQ keeps a finished job; `true` removes it at once. */
export type Retention = { /** Seconds. */ readonly age: number; readonly count: number } | true;

/** Everything two services must agree on about one queue. Names and fields persist: changing one is a migration. */
export interface QueueContract<Payload, Result> {
  readonly queue: string;
  /** Of the payloads that producers write, their field `v`. */
  readonly version: number;
  /** Parsed by the producer before adding and by the worker when taking. */
  readonly payload: z.ZodType<Payload>;
  /**
   * By version: payloads that an older producer wrote and may still write, each parsed and upgraded to
   * the current one. A version goes when no queue can hold it any more.
   */
  readonly older: Readonly<Record<number, z.ZodType<Payload>>>;
  /** Parsed from a finished job by whoever waits for it. */
  readonly result: z.ZodType<Result>;
  /** Derived from the payload, so that adding twice is adding once. No ':' (BullMQ reserves it). */
  jobId(payload: Payload): string;
  /** What an image's log lines and spans are found by; a contract without is not traced. */
  ids?(payload: Payload): Readonly<Record<string, string>>;
  /** BullMQ priority: 0 goes first, then 1, 2, … */
  priority(payload: Payload): number;
  readonly attempts: number;
  /** First retry delay in milliseconds; doubles each time, with jitter. */
  readonly backoffMs: number;
  keepCompleted(payload: Payload): Retention;
  /** What becomes of a failed job once its handler has given it up. */
  keepFailed(payload: Payload): Retention;
}

/** Live work (cameras, queries) goes before archive work on the same queue. */
export const LANES = ['live', 'archive'] as const;
export type Lane = (typeof LANES)[number];

export function lanePriority(lane: Lane): number {
  return lane === 'live' ? 0 : 1;
}
