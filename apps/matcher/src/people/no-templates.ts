import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { requestError } from '../request-error.js';

export function noTemplates(personId: string): PipelineError {
  return requestError(422, 'NO_TEMPLATES', `person ${personId} has no photograph enrolled`, {
    personId,
  });
}
