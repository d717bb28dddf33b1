import { type DetectionManifest, type EmbeddingManifest } from '#shared/models/manifest.js';
import { readDetectionPack, readEmbeddingPack } from '#shared/models/read-pack.js';
import { chooseTensorflow, type EngineSettings } from '../inference/choose-tensorflow.js';
import { type NetworkSetup } from '../inference/inference-messages.js';
import { hasTensorflowArtifact, networkSetup, noArtifact } from './network-setups.js';

export interface Packs {
  readonly detection: DetectionManifest;
  readonly embedding: EmbeddingManifest;
  readonly networks: readonly NetworkSetup[];
}

export interface PackSettings extends EngineSettings {
  readonly MODELS_DIR: string;
  readonly MODEL_PACK: string;
  readonly DETECTION_PACK: string;
}

/**
 * Reads the packs and settles which engine runs which network.
 * @throws PipelineError MODEL_PACK_MISSING, MODEL_PACK_DAMAGED, MODEL_PACK_WRONG_TASK or
 *   MODEL_PACK_NO_ARTIFACT; TENSORFLOW_UNAVAILABLE or GPU_NOT_USED
 */
export async function loadPacks(settings: PackSettings): Promise<Packs> {
  const [detection, embedding] = await Promise.all([
    readDetectionPack(settings.MODELS_DIR, settings.DETECTION_PACK),
    readEmbeddingPack(settings.MODELS_DIR, settings.MODEL_PACK),
  ]);
  const hasArtifact = hasTensorflowArtifact(embedding, 'embed');
  // Said before TensorFlow is loaded: the pack is what has to change.
  if (settings.INFERENCE_ENGINE === 'tensorflow' && !hasArtifact) {
    throw noArtifact(embedding.manifest, 'embed', 'tfjs');
  }
  const tensorflow = await chooseTensorflow(settings, hasArtifact);
  const plan = { tensorflow, device: settings.INFERENCE_DEVICE };
  return {
    detection: detection.manifest,
    embedding: embedding.manifest,
    networks: [
      networkSetup(detection, 'detect', detection.manifest.detect, plan),
      networkSetup(detection, 'landmarks', detection.manifest.landmarks, plan),
      networkSetup(embedding, 'embed', embedding.manifest.input, plan),
    ],
  };
}
