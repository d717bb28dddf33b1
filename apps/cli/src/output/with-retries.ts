import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 500;

/** Tries again, with growing pauses, while the error is one that may pass. */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof PipelineError && error.retryable;
      if (!mayPass || attempt === ATTEMPTS) throw error;
      await sleep(FIRST_DELAY_MS * 2 ** (attempt - 1));
    }
  }
}
