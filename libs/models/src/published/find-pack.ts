import { PipelineError, usageError } from '#shared/contracts/pipeline-error.js';
import { defaultPacks, type PackDefinition } from './default-packs.js';
import { facenetPacks, type FacenetPack } from './facenet-packs.js';

/**
 * The packs of these names; the default ones when there are none.
 * @throws PipelineError MODEL_PACK_UNKNOWN naming those there are
 */
export function findDefinitions(
  names: readonly string[],
): readonly (PackDefinition | FacenetPack)[] {
  if (names.length === 0) return defaultPacks;
  const known = [...defaultPacks, ...facenetPacks];
  return names.map((name) => {
    const definition = known.find((candidate) => nameOf(candidate) === name);
    if (definition) return definition;
    throw new PipelineError(
      'MODEL_PACK_UNKNOWN',
      `there is no model pack ${name} to install; there are: ${known.map(nameOf).join(', ')}; a network of your own becomes one with: npm run sightline -- models import FILE`,
      { stage: 'models', class: 'quarantine', httpStatus: 404, details: { name } },
    );
  });
}

function nameOf(definition: PackDefinition | FacenetPack): string {
  return 'manifest' in definition ? definition.manifest.name : definition.name;
}

/** @throws PipelineError MODEL_PACK_RESERVED when pulling would replace what is imported under the name */
export function assertNotDefault(name: string): void {
  if (defaultPacks.some(({ manifest }) => manifest.name === name)) throw reserved(name);
}

/** Likewise for a network that is no FaceNet. */
export function assertOwnName(name: string): void {
  assertNotDefault(name);
  if (facenetPacks.some((pack) => pack.name === name)) throw reserved(name);
  if (name === '') throw usageError('USAGE', 'give the pack a name with --name');
}

function reserved(name: string) {
  return usageError(
    'MODEL_PACK_RESERVED',
    `${name} is the name of a pack that models pull installs; give this one another with --name`,
  );
}
