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
export type CrashRecord = z.infer<typeof crashRecordSchema>;

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
