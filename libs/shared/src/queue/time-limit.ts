import { PipelineError, type Stage } from '../contracts/pipeline-error.js';

/**
 * Waits for work no longer than the limit; work that goes on is left to itself.
 * @throws PipelineError STAGE_TIMEOUT (retry)
 */
export async function withinTimeLimit<T>(work: Promise<T>, ms: number, stage: Stage): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `not done after ${ms} ms; tried again, and with a higher JOB_TIMEOUT_MS it gets longer`;
      reject(new PipelineError('STAGE_TIMEOUT', message, { stage, class: 'retry' }));
    }, ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
