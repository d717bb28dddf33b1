import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** May work another time, or from another machine. */
export function sourceUnreachable(url: string, reason: string, cause?: unknown): PipelineError {
  return new PipelineError('MODEL_SOURCE_UNREACHABLE', `${url}: ${reason}`, {
    ...{ stage: 'models', class: 'retry', cause },
    details: { url },
  });
}

/** What the address gives is not what was published there. */
export function sourceMismatch(url: string, problem: string): PipelineError {
  return new PipelineError('MODEL_SOURCE_MISMATCH', `${url}: ${problem}; it is not used`, {
    ...{ stage: 'models', class: 'quarantine' },
    details: { url },
  });
}
