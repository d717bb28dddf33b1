import { PipelineError, type Stage } from '../contracts/pipeline-error.js';
import { within } from './within.js';

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
