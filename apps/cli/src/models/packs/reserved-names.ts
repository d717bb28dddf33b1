import { cliError } from '../../cli-error.js';
import { defaultPacks } from './default-packs.js';
import { facenetPacks } from './facenet-packs.js';

/** @throws PipelineError MODEL_PACK_RESERVED when pulling would replace what is imported under the name */
export function assertNotDefault(name: string): void {
  if (defaultPacks.some(({ manifest }) => manifest.name === name)) throw reserved(name);
}

/** Likewise for a network that is no FaceNet. */
export function assertOwnName(name: string): void {
  assertNotDefault(name);
  if (facenetPacks.some((pack) => pack.name === name)) throw reserved(name);
  if (name === '') throw cliError('USAGE', 'give the pack a name with --name');
}

function reserved(name: string) {
  return cliError(
    'MODEL_PACK_RESERVED',
    `${name} is the name of a pack that models pull installs; give this one another with --name`,
  );
}
