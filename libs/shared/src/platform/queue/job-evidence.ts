import { type Job } from 'bullmq';
import { z } from 'zod';

/** A job is given up after this many crashes: its input kills every worker that takes it. */
const MAX_CRASHES = 4;

/**
 * Kept as the progress of the job after the first crash of its worker. A crash hits all active jobs, so the
 * first one proves little. Afterwards the job never runs at the same time as another such job, so each
 * further crash is its own.
 */
const crashRecordSchema = z.object({
  /** Runs that did not end because the worker died. */
  deaths: z.int().nonnegative(),
  /** Process that runs the job now, or ran it when it died. */
  worker: z.string(),
});
type CrashRecord = z.infer<typeof crashRecordSchema>;

/** @param progress of a BullMQ job: 0 until something is written there */
export function readCrashRecord(progress: unknown): CrashRecord | null {
  return crashRecordSchema.safeParse(progress).data ?? null;
}

/** How often a worker died during the job. `stalledCounter`: how often BullMQ found the job abandoned. */
export function crashesOf(job: { readonly stalledCounter: number; readonly progress: unknown }) {
  return Math.min(1, job.stalledCounter) + (readCrashRecord(job.progress)?.deaths ?? 0);
}

export function killsItsWorkers(crashes: number): boolean {
  return crashes >= MAX_CRASHES;
}

/** A job as it was added: all that is needed to add it again. */
export interface AddedJob {
  readonly queue: string;
  readonly name: string;
  readonly id: string;
  /** The payload as the queue holds it; it may be invalid. */
  readonly data: unknown;
  readonly opts: Job['opts'];
}

/** The facts about a job that ends for good without a result. */
export interface JobEvidence {
  readonly job: AddedJob;
  /** Runs of the handler that failed. */
  readonly attempts: number;
  /** How often a worker died during the job. */
  readonly crashes: number;
  /** Process that gave the job up: `embedder@HOST:PID`. */
  readonly worker: string;
  /** Process that died last during the job. */
  readonly lastCrashedWorker: string | null;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
}

/**
 * @param worker process that gives the job up
 * @param failedNow 1 when the job does not count the run yet that has just failed
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
