import { type EmbeddingManifest } from '#shared/models/manifest.js';
import { readManifest } from '#shared/models/read-pack.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** The embeddings this matcher works with. */
export type ModelSpace = Pick<EmbeddingManifest, 'space' | 'dimension' | 'thresholds'>;

export const MODEL_SPACE = Symbol('model space');

/** @throws PipelineError MODEL_PACK_MISSING, MODEL_PACK_DAMAGED or MODEL_PACK_WRONG_TASK */
export async function readModelSpace(modelsDir: string, pack: string): Promise<ModelSpace> {
  const manifest = await readManifest(modelsDir, pack);
  if (manifest.task === 'embedding') return manifest;
  throw new PipelineError('MODEL_PACK_WRONG_TASK', `model pack ${pack} is not for embedding`, {
    stage: 'models',
    class: 'quarantine',
    details: { pack },
  });
}
