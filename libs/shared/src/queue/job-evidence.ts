import { type Job } from 'bullmq';
import { crashesOf, readCrashRecord } from './crash-record.js';

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
