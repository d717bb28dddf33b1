import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { readManifest } from '#shared/models/read-pack.js';

/**
 * Space of the embedding pack in use: image ids are derived from it.
 * @throws PipelineError MODEL_PACK_MISSING, MODEL_PACK_DAMAGED or MODEL_PACK_WRONG_TASK
 */
export async function readSpace(modelsDir: string, pack: string): Promise<string> {
  const manifest = await readManifest(modelsDir, pack);
  if (manifest.task === 'embedding') return manifest.space;
  throw new PipelineError(
    'MODEL_PACK_WRONG_TASK',
    `MODEL_PACK is ${pack}, which detects faces; name a pack that embeds them`,
    { stage: 'models', class: 'quarantine' },
  );
}
