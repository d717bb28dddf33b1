import { type Command } from 'commander';
import { listPacks } from '#models/install/list-packs.js';
import { verifyAnswers } from '#models/install/verify-answers.js';
import { readPack } from '#models/packs/read-pack.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { chooseTensorflow } from '#vision/inference/choose-engine.js';
import { isEngineMissing, type TensorflowRuntime } from '#vision/inference/engine.port.js';
import { hasTensorflowArtifact } from '#vision/packs/load-packs.js';
import { loadModelSettings } from './model-settings.js';

/** Adds `models verify`. */
export function registerVerify(models: Command): void {
  models
    .command('verify')
    .description(
      'check every file of the installed packs and what their networks answer; fails when something is missing, damaged or wrong',
    )
    .argument('[name...]', 'packs to check; all unless named')
    .action(verify);
}

async function verify(names: string[]): Promise<void> {
  const { MODELS_DIR } = await loadModelSettings();
  for (const { name, problem } of await listPacks(MODELS_DIR, names)) {
    try {
      console.log(`${name}: ${problem ?? (await runNetworks(MODELS_DIR, name))}`);
      if (problem !== undefined) process.exitCode = 1;
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      console.log(`${name}: ${error.message}`);
      process.exitCode = 1;
    }
  }
}

/** @returns words for what was found right */
async function runNetworks(modelsDir: string, name: string): Promise<string> {
  const pack = await readPack(modelsDir, name);
  await verifyAnswers(pack);
  if (!hasTensorflowArtifact(pack, 'embed')) return 'whole, known answers right';
  const tensorflow = await findTensorflow();
  if (!tensorflow) return 'whole, known answers right on ONNX Runtime; there is no TensorFlow here';
  await verifyAnswers(pack, { tensorflow, device: 'auto' });
  return 'whole, known answers right on ONNX Runtime and on TensorFlow';
}

/** The build of TensorFlow.js that the services would use; null when none loads. */
async function findTensorflow(): Promise<TensorflowRuntime | null> {
  const settings = loadConfig(inferenceConfigSchema);
  const asked = { ...settings, INFERENCE_ENGINE: 'tensorflow', INFERENCE_DEVICE: 'auto' } as const;
  try {
    return await chooseTensorflow(asked, true);
  } catch (error) {
    if (isEngineMissing(error)) return null;
    throw error;
  }
}
