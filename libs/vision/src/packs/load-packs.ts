/** Reads the packs in use and decides which engine runs each network. */
import path from 'node:path';
import {
  type Manifest,
  type NetworkInput,
  type DetectionManifest,
  type EmbeddingManifest,
} from '#models/packs/manifest.js';
import { type ModelPack, readDetectionPack, readEmbeddingPack } from '#models/packs/read-pack.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { chooseTensorflow, type EngineSettings } from '../inference/choose-engine.js';
import {
  type AskedDevice,
  type NetworkArtifact,
  type TensorflowRuntime,
} from '../inference/engine.port.js';
import { type NetworkRole, type NetworkSetup } from '../inference/inference-messages.js';

export interface Packs {
  readonly detection: DetectionManifest;
  readonly embedding: EmbeddingManifest;
  readonly networks: readonly NetworkSetup[];
}

interface PackSettings extends EngineSettings {
  readonly MODELS_DIR: string;
  readonly MODEL_PACK: string;
  readonly DETECTION_PACK: string;
}

/** Which engine and device run the networks. */
export interface EnginePlan {
  /** Runs the networks that have a TF.js artifact; null: ONNX Runtime runs all networks. */
  readonly tensorflow: TensorflowRuntime | null;
  readonly device: AskedDevice;
}

/**
 * Reads the packs and chooses the engine of each network.
 * @throws PipelineError MODEL_PACK_MISSING, MODEL_PACK_DAMAGED, MODEL_PACK_WRONG_TASK or
 *   MODEL_PACK_NO_ARTIFACT; TENSORFLOW_UNAVAILABLE or GPU_NOT_USED
 */
export async function loadPacks(settings: PackSettings): Promise<Packs> {
  const [detection, embedding] = await Promise.all([
    readDetectionPack(settings.MODELS_DIR, settings.DETECTION_PACK),
    readEmbeddingPack(settings.MODELS_DIR, settings.MODEL_PACK),
  ]);
  const hasArtifact = hasTensorflowArtifact(embedding, 'embed');
  // Before TensorFlow is loaded, because the pack is the problem.
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

/** Whether a pack has a network in TensorFlow's format. */
export function hasTensorflowArtifact({ manifest }: ModelPack, role: NetworkRole): boolean {
  return manifest.artifacts.some(({ format, role: of }) => format === 'tfjs' && of === role);
}

/**
 * One network of a pack with the files for the chosen engine. When TensorFlow is chosen, a network
 * without a TF.js artifact runs on ONNX Runtime on the CPU: TensorFlow uses the GPU, and the two runtimes
 * need different versions of CUDA.
 * @throws PipelineError MODEL_PACK_NO_ARTIFACT
 */
export function networkSetup(
  pack: ModelPack,
  role: NetworkRole,
  input: NetworkInput,
  { tensorflow, device }: EnginePlan,
): NetworkSetup {
  const common = { role, pack: pack.manifest.name, input };
  if (tensorflow && hasTensorflowArtifact(pack, role)) {
    return { ...common, artifact: tensorflowArtifact(pack, role, tensorflow), device };
  }
  const { file, precision } = artifactOf(pack, role, 'onnx');
  const artifact: NetworkArtifact = { format: 'onnx', file, precision };
  return { ...common, artifact, device: tensorflow ? 'cpu' : device };
}

function tensorflowArtifact(
  pack: ModelPack,
  role: NetworkRole,
  runtime: TensorflowRuntime,
): NetworkArtifact {
  const weights = pack.manifest.artifacts
    .filter(({ format, role: of }) => format === 'tfjs-weights' && of === role)
    .map(({ file }) => path.join(pack.folder, file));
  return { ...artifactOf(pack, role, 'tfjs'), format: 'tfjs', weights, runtime };
}

function artifactOf({ folder, manifest }: ModelPack, role: NetworkRole, format: 'onnx' | 'tfjs') {
  const artifact = manifest.artifacts.find((one) => one.role === role && one.format === format);
  if (artifact) return { file: path.join(folder, artifact.file), precision: artifact.precision };
  throw noArtifact(manifest, role, format);
}

/** The pack has no file that the engine can run. */
function noArtifact(
  { name, artifacts }: Manifest,
  role: NetworkRole,
  format: 'onnx' | 'tfjs',
): PipelineError {
  const [engine, other] =
    format === 'onnx' ? ['onnxruntime', 'tensorflow'] : ['tensorflow', 'onnxruntime'];
  const found = artifacts.filter((one) => one.role === role).map((one) => one.format);
  return new PipelineError(
    'MODEL_PACK_NO_ARTIFACT',
    `model pack ${name} has no ${format} artifact for ${role}, which INFERENCE_ENGINE=${engine} needs (it has: ${found.join(', ') || 'none'}); set INFERENCE_ENGINE=${other}, or choose a pack that has one: npm run sightline -- models list`,
    { stage: 'models', class: 'quarantine', details: { name, role, format } },
  );
}
