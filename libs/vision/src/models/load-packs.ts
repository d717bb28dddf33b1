import path from 'node:path';
import { type DetectionManifest, type EmbeddingManifest } from '#shared/models/manifest.js';
import { type ModelPack, readDetectionPack, readEmbeddingPack } from '#shared/models/read-pack.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type NetworkRole, type NetworkSetup } from '../inference/inference-messages.js';

export interface Packs {
  readonly detection: DetectionManifest;
  readonly embedding: EmbeddingManifest;
  readonly networks: readonly NetworkSetup[];
}

/** @throws PipelineError MODEL_PACK_MISSING, MODEL_PACK_DAMAGED or MODEL_PACK_WRONG_TASK */
export async function loadPacks(settings: {
  readonly MODELS_DIR: string;
  readonly MODEL_PACK: string;
  readonly DETECTION_PACK: string;
}): Promise<Packs> {
  const [detection, embedding] = await Promise.all([
    readDetectionPack(settings.MODELS_DIR, settings.DETECTION_PACK),
    readEmbeddingPack(settings.MODELS_DIR, settings.MODEL_PACK),
  ]);
  return {
    detection: detection.manifest,
    embedding: embedding.manifest,
    networks: [
      { role: 'detect', file: fileOf(detection, 'detect'), input: detection.manifest.detect },
      {
        role: 'landmarks',
        file: fileOf(detection, 'landmarks'),
        input: detection.manifest.landmarks,
      },
      { role: 'embed', file: fileOf(embedding, 'embed'), input: embedding.manifest.input },
    ],
  };
}

function fileOf({ folder, manifest }: ModelPack, role: NetworkRole): string {
  const artifact = manifest.artifacts.find((candidate) => candidate.role === role);
  if (artifact) return path.join(folder, artifact.file);
  throw new PipelineError(
    'MODEL_PACK_DAMAGED',
    `model pack ${manifest.name} names no file for ${role}; install it again with: npm run sightline -- models pull ${manifest.name} --force`,
    { stage: 'models', class: 'quarantine', details: { name: manifest.name } },
  );
}
