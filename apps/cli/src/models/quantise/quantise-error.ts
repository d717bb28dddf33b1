import { PipelineError } from '#shared/contracts/pipeline-error.js';

type QuantiseErrorCode = 'QUANTISE_UNSUITABLE' | 'QUANTISE_TOO_FEW_FACES' | 'QUANTISE_TOO_COARSE';

export function quantiseError(code: QuantiseErrorCode, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'models', class: 'quarantine' });
}
