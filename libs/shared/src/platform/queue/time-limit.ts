import { PipelineError, type Stage } from '../../contracts/pipeline-error.js';

/**
 * Waits for work until the limit; work that takes longer is not stopped.
 * @throws the error that `late` returns
 */
export async function within<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for the work of a job until its limit; work that takes longer is not stopped.
 * @throws PipelineError STAGE_TIMEOUT (retry)
 */
export function withinTimeLimit<T>(work: Promise<T>, ms: number, stage: Stage): Promise<T> {
  return within(work, ms, () => {
    const message = `not done after ${ms} ms; the job is retried. Raise JOB_TIMEOUT_MS to allow more time`;
    return new PipelineError('STAGE_TIMEOUT', message, { stage, class: 'retry' });
  });
}

/** A random time between half of `ms` and all of it. */
export function jittered(ms: number, random: () => number = Math.random): number {
  return ms * (0.5 + random() / 2);
}
