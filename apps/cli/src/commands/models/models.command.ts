import { type Command } from 'commander';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { verifyAnswers } from '#models/install/verify-answers.js';
import { removeLeftovers } from '#models/install/workspace.js';
import { readManifest, readPack } from '#models/packs/read-pack.js';
import { facenetPacks } from '#models/published/facenet-packs.js';
import { findDefinitions } from '#models/published/find-pack.js';
import { installPack } from '#models/published/install-pack.js';
import { listPacks, type PackState } from '#models/published/list-packs.js';
import { pullFacenet } from '#models/published/pull-facenet.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { chooseTensorflow } from '#vision/inference/choose-engine.js';
import { isEngineMissing, type TensorflowRuntime } from '#vision/inference/engine.port.js';
import { hasTensorflowArtifact } from '#vision/packs/load-packs.js';
import { downloadProgress } from '../../output/progress.js';
import { registerCalibrate } from './calibrate.command.js';
import { describeOutcome, describePack } from './describe-pack.js';
import { registerImport } from './import.command.js';
import { loadModelSettings, photographsFolder, type ModelSettings } from './model-settings.js';
import { registerQuantise } from './quantise.command.js';
import { registerUse } from './use.command.js';

const STATES: Readonly<Record<PackState['state'], string>> = {
  whole: 'installed',
  damaged: 'damaged',
  'not installed': 'not installed',
};

/** Adds `models …` to the program. `pull`, `list` and `verify` are in this file. */
export function registerModelsCommand(program: Command): void {
  const models = program
    .command('models')
    .description('install, import, check, calibrate and choose model packs (in MODELS_DIR)');
  models
    .command('pull')
    .description('download, check and install model packs')
    .argument('[name...]', 'packs to install (default: the default packs)')
    .option('--force', 'install again a pack that is installed and undamaged', false)
    .action(pull);
  registerImport(models);
  registerQuantise(models);
  models
    .command('list')
    .description('list the installed and the known model packs, and say which are in use')
    .action(list);
  models
    .command('verify')
    .description(
      'check all files of the installed packs, and run their networks on an input with a known output; fails if a pack is missing, damaged or wrong',
    )
    .argument('[name...]', 'packs to check (default: all)')
    .action(verify);
  registerCalibrate(models);
  registerUse(models);
}

async function pull(names: string[], { force }: { force: boolean }): Promise<void> {
  const { MODELS_DIR: modelsDir } = await loadModelSettings();
  await removeLeftovers(modelsDir);
  for (const definition of findDefinitions(names)) {
    if ('manifest' in definition) {
      const { name } = definition.manifest;
      const outcome = await installPack(definition, modelsDir, { force });
      console.log(describeOutcome(name, outcome, path.join(modelsDir, name)));
      const manifest = await readManifest(modelsDir, name);
      if (!isDeepStrictEqual(manifest, definition.manifest)) {
        console.log('  keeps your own calibration; --force restores the published one');
      }
      continue;
    }
    const { name } = definition;
    const outcome = await pullFacenet(definition, modelsDir, {
      force,
      photographs: photographsFolder(),
      report: (message) => console.error(message),
      onProgress: downloadProgress(name),
    });
    console.log(describeOutcome(name, outcome, path.join(modelsDir, name)));
  }
}

async function list(): Promise<void> {
  const settings = await loadModelSettings();
  const packs = await listPacks(settings.MODELS_DIR);
  for (const pack of packs) console.log(describePackState(pack, settings));
  for (const { name, description, licence } of facenetPacks) {
    if (packs.some((pack) => pack.name === name)) continue;
    console.log(
      block(`${name}  not installed`, [
        description,
        `licence: ${licence}`,
        `install it with: npm run sightline -- models pull ${name}`,
      ]),
    );
  }
}

function describePackState(pack: PackState, { MODEL_PACK, DETECTION_PACK }: ModelSettings): string {
  const { name, state, description, licence, manifest, problem } = pack;
  const isInUse = name === MODEL_PACK || name === DETECTION_PACK;
  return block(`${name}  ${STATES[state]}${isInUse ? ', in use' : ''}`, [
    ...(description === '' ? [] : [description]),
    ...(manifest ? describePack(manifest, DETECTION_PACK) : []),
    ...(licence === '' ? [] : [`licence: ${licence}`]),
    ...(problem === undefined ? [] : [problem]),
  ]);
}

function block(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
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

/** @returns a message that says what was checked */
async function runNetworks(modelsDir: string, name: string): Promise<string> {
  const pack = await readPack(modelsDir, name);
  await verifyAnswers(pack);
  if (!hasTensorflowArtifact(pack, 'embed')) return 'files intact, known answers correct';
  const tensorflow = await findTensorflow();
  if (!tensorflow) {
    return 'files intact, known answers correct on ONNX Runtime; TensorFlow is not installed here';
  }
  await verifyAnswers(pack, { tensorflow, device: 'auto' });
  return 'files intact, known answers correct on ONNX Runtime and on TensorFlow';
}

/** The build of TensorFlow.js that the services would use; null if none can be loaded. */
async function findTensorflow(): Promise<TensorflowRuntime | null> {
  const config = {
    ...loadConfig(inferenceConfigSchema),
    INFERENCE_ENGINE: 'tensorflow',
    INFERENCE_DEVICE: 'auto',
  } as const;
  try {
    return await chooseTensorflow(config, true);
  } catch (error) {
    if (isEngineMissing(error)) return null;
    throw error;
  }
}
