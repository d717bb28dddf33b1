import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { defaultPacks } from './default-packs.js';
import { type PackDefinition } from './pack-definition.js';

/**
 * The packs of these names; the default ones when there are none.
 * @throws PipelineError MODEL_PACK_UNKNOWN naming those there are
 */
export function findDefinitions(names: readonly string[]): readonly PackDefinition[] {
  if (names.length === 0) return defaultPacks;
  return names.map((name) => {
    const definition = defaultPacks.find(({ manifest }) => manifest.name === name);
    if (definition) return definition;
    const known = defaultPacks.map(({ manifest }) => manifest.name);
    throw new PipelineError(
      'MODEL_PACK_UNKNOWN',
      `there is no model pack ${name} to install; there are: ${known.join(', ')}`,
      { stage: 'models', class: 'quarantine', httpStatus: 404, details: { name, known } },
    );
  });
}
