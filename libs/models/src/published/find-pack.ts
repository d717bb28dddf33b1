import { PipelineError, usageError } from '#shared/contracts/pipeline-error.js';
import { defaultPacks, type PackDefinition } from './default-packs.js';
import { facenetPacks, type FacenetPack } from './facenet-packs.js';

/**
 * Finds packs by name; without names, the default packs.
 * @throws PipelineError MODEL_PACK_UNKNOWN with the names of the known packs
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
      `there is no model pack ${name} to install; available packs: ${known.map(nameOf).join(', ')}; to use your own network: npm run sightline -- models import FILE`,
      { stage: 'models', class: 'quarantine', httpStatus: 404, details: { name } },
    );
  });
}

function nameOf(definition: PackDefinition | FacenetPack): string {
  return 'manifest' in definition ? definition.manifest.name : definition.name;
}

/** @throws PipelineError MODEL_PACK_RESERVED when the name is that of a default pack, which `models pull` would overwrite */
export function assertNotDefault(name: string): void {
  if (defaultPacks.some(({ manifest }) => manifest.name === name)) throw reserved(name);
}

/** Checks the name of a network that is not FaceNet. @throws PipelineError MODEL_PACK_RESERVED or USAGE */
export function assertOwnName(name: string): void {
  assertNotDefault(name);
  if (facenetPacks.some((pack) => pack.name === name)) throw reserved(name);
  if (name === '') throw usageError('USAGE', 'give the pack a name with --name');
}

function reserved(name: string) {
  return usageError(
    'MODEL_PACK_RESERVED',
    `${name} is the name of a pack that models pull installs; choose another name with --name`,
  );
}
