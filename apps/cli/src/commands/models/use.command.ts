import { type Command } from 'commander';
import { fittingCalibration } from '#models/packs/manifest.js';
import { readDetectionPack, readEmbeddingPack } from '#models/packs/read-pack.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { inheritedEnvironment, loadCliConfig } from '../../cli.config.js';
import { readModelChoice, writeModelChoice } from '../../launcher/service-environment.js';
import { describeUncalibrated } from './describe-pack.js';
import { dataFolder, loadModelSettings } from './model-settings.js';
import { rebuildWithPack } from './rebuild-gallery.js';

interface UseRequest {
  readonly detection?: string;
  readonly rebuild: boolean;
}

/** Adds `models use`. */
export function registerUse(models: Command): void {
  models
    .command('use')
    .description('choose the pack that "up" and "demo" start the services with')
    .argument('<name>', 'embedding pack')
    .option('--detection <name>', 'detection pack (default: the detection pack in use)')
    .option(
      '--rebuild',
      'rebuild the gallery with the pack, from the photographs of the enrolled people',
      false,
    )
    .action((name: string, options: UseRequest) => usePack(name, options));
}

/**
 * Checks a pack and chooses it for the services that the launcher starts. With `rebuild`, rebuilds the gallery
 * with the pack first.
 * @throws PipelineError MODEL_PACK_MISSING, MODEL_PACK_DAMAGED, MODEL_PACK_WRONG_TASK, and the errors of the
 * rebuild
 */
async function usePack(name: string, { detection, rebuild }: UseRequest): Promise<void> {
  const settings = await loadModelSettings();
  const detector = detection ?? settings.DETECTION_PACK;
  const { manifest } = await readEmbeddingPack(settings.MODELS_DIR, name);
  await readDetectionPack(settings.MODELS_DIR, detector);
  const dataDir = dataFolder();
  const choice = {
    ...(await readModelChoice(dataDir)),
    MODEL_PACK: name,
    ...(detection !== undefined && { DETECTION_PACK: detection }),
  };
  const override = findOverride(inheritedEnvironment(), choice);
  if (rebuild) {
    if (override !== null) throw usageError('USAGE', `${override}; unset it first`);
    await rebuildWithPack(loadCliConfig(), { space: manifest.space, settings: choice });
  }
  await writeModelChoice(dataDir, choice);
  console.log(
    `up and demo will use ${name} with ${detector} from the next start on (data folder ${dataDir})`,
  );
  if (override !== null) console.log(`but ${override}`);
  if (!fittingCalibration(manifest, detector))
    console.log(describeUncalibrated(manifest, detector));
  if (!rebuild) {
    console.log(
      `people who were not enrolled with this pack before need a rebuild of the gallery: npm run sightline -- models use ${name} --rebuild`,
    );
  }
}

function findOverride(
  env: Readonly<Record<string, string>>,
  choice: Readonly<Record<string, string>>,
): string | null {
  const found = Object.entries(choice).find(([key, value]) => (env[key] ?? value) !== value);
  return found ? `${found[0]}=${env[found[0]]!} in the environment overrides it` : null;
}
