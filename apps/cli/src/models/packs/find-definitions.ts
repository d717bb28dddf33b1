import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { defaultPacks } from './default-packs.js';
import { facenetPacks, type FacenetPack } from './facenet-packs.js';
import { type PackDefinition } from './pack-definition.js';

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
