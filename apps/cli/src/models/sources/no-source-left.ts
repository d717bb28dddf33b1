import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type FacenetPack } from '../packs/facenet-packs.js';

/** What to do when no address gave a pack's weights, and why each did not. */
export function noSourceLeft(pack: FacenetPack, failures: readonly PipelineError[]): PipelineError {
  const worst = failures.find(({ code }) => code !== 'MODEL_SOURCE_UNREACHABLE') ?? failures[0];
  const reasons = failures.map(({ message }) => `  ${message}`);
  const message = [
    `the weights of ${pack.name} could not be had from where they are published:`,
    ...reasons,
    'On a machine that reaches one of these addresses, open it in a browser and save the file; bring it here and run:',
    `  npm run sightline -- models import FILE.h5 --name ${pack.name}`,
  ].join('\n');
  return new PipelineError(worst?.code ?? 'MODEL_SOURCE_UNREACHABLE', message, {
    stage: 'models',
    class: worst?.class ?? 'retry',
    cause: worst,
  });
}
