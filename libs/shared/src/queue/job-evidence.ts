import { type Job } from 'bullmq';

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
