import { PipelineError, type Stage } from '../../contracts/pipeline-error.js';

/**
 * Waits for work no longer than the limit; work that goes on is left to itself.
 * @throws what `late` makes
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
 * Waits for a job's work no longer than its limit; work that goes on is left to itself.
 * @throws PipelineError STAGE_TIMEOUT (retry)
 */
export function withinTimeLimit<T>(work: Promise<T>, ms: number, stage: Stage): Promise<T> {
  return within(work, ms, () => {
    const message = `not done after ${ms} ms; tried again, and with a higher JOB_TIMEOUT_MS it gets longer`;
    return new PipelineError('STAGE_TIMEOUT', message, { stage, class: 'retry' });
  });
}
