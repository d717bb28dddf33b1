import { type Job } from 'bullmq';
import { z } from 'zod';

/** The death that it is given up after: the input kills whoever takes it. */
const MOST_CRASHES = 4;

/**
 * Kept as the job's progress from its worker's first death on. That death hits every job in hand, so it
 * says little; from then on the job runs with no other such job beside it, and each death is its own.
 */
const crashRecordSchema = z.object({
  /** Runs that neither ended nor failed: their worker died. */
  deaths: z.int().nonnegative(),
  /** Who runs it now, or ran it when it died. */
  worker: z.string(),
});
type CrashRecord = z.infer<typeof crashRecordSchema>;

/** @param progress of a BullMQ job: 0 unless something was written there */
export function readCrashRecord(progress: unknown): CrashRecord | null {
  return crashRecordSchema.safeParse(progress).data ?? null;
}

/** How often its worker died with the job in hand, for a job that BullMQ has found abandoned or not. */
export function crashesOf(job: { readonly stalledCounter: number; readonly progress: unknown }) {
  return Math.min(1, job.stalledCounter) + (readCrashRecord(job.progress)?.deaths ?? 0);
}

export function killsItsWorkers(crashes: number): boolean {
  return crashes >= MOST_CRASHES;
}

/** A job as it was added: enough to add it again. */
export interface AddedJob {
  readonly queue: string;
  readonly name: string;
  readonly id: string;
  /** The payload as the queue holds it, parsed or not. */
  readonly data: unknown;
  readonly opts: Job['opts'];
}

/** What is known about a job that ends for good without its result. */
export interface JobEvidence {
  readonly job: AddedJob;
  /** Runs of the handler that failed. */
  readonly attempts: number;
  /** How often a worker died with the job in hand. */
  readonly crashes: number;
  /** The process that gave it up: `embedder@HOST:PID`. */
  readonly worker: string;
  /** The process that died last with it in hand. */
  readonly lastCrashedWorker: string | null;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
}

/**
 * @param worker who gives it up
 * @param failedNow 1 when the run that has just failed is not counted in the job yet
 */
export function evidenceOf(job: Job, queue: string, worker: string, failedNow: 0 | 1): JobEvidence {
  const { name, id, data, opts, attemptsMade, timestamp } = job as Job<unknown>;
  const crashes = crashesOf(job);
  return {
    job: { queue, name, id: id!, data, opts },
    attempts: attemptsMade + failedNow,
    crashes,
    worker,
    lastCrashedWorker: crashes > 1 ? (readCrashRecord(job.progress)?.worker ?? null) : null,
    addedAt: timestamp,
  };
}
