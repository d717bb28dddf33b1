import { type Command } from 'commander';
import { fittingCalibration } from '#models/packs/manifest.js';
import { readDetectionPack, readEmbeddingPack } from '#models/packs/read-pack.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { inheritedEnvironment, loadCliConfig } from '../../cli.config.js';
import { readModelChoice, writeModelChoice } from '../../launcher/service-environment.js';
import { uncalibrated } from './describe-pack.js';
import { dataFolder, loadModelSettings } from './model-settings.js';
import { rebuildWithPack } from './rebuild-gallery.js';

interface UseRequest {
  readonly detection?: string;
  readonly rebuild: boolean;
}

/**
 * Makes a pack the one that the launcher's services use, once it is sure to be whole. With `rebuild` it
 * becomes that when the gallery is embedded with it.
 * @throws PipelineError MODEL_PACK_MISSING, MODEL_PACK_DAMAGED, MODEL_PACK_WRONG_TASK, and those of rebuilding
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
  const overruled = overruledBy(inheritedEnvironment(), choice);
  if (rebuild) {
    if (overruled !== null) throw usageError('USAGE', `${overruled}; unset it first`);
    await rebuildWithPack(loadCliConfig(), { space: manifest.space, settings: choice });
  }
  await writeModelChoice(dataDir, choice);
  console.log(`up and demo use ${name} with ${detector} from their next start on (${dataDir})`);
  if (overruled !== null) console.log(`but ${overruled}`);
  if (!fittingCalibration(manifest, detector)) console.log(uncalibrated(manifest, detector));
  if (!rebuild) {
    console.log(
      `people who are enrolled with another pack are embedded again with: npm run sightline -- models use ${name} --rebuild`,
    );
  }
}

function overruledBy(
  env: Readonly<Record<string, string>>,
  choice: Readonly<Record<string, string>>,
): string | null {
  const found = Object.entries(choice).find(([key, value]) => (env[key] ?? value) !== value);
  return found ? `${found[0]}=${env[found[0]]!} in the environment overrules it` : null;
}

/** Adds `models use`. */
export function registerUse(models: Command): void {
  models
    .command('use')
    .description('choose the pack that up and demo start the services with')
    .argument('<name>', 'embedding pack')
    .option('--detection <name>', 'detection pack; the one in use unless told')
    .option(
      '--rebuild',
      'embed the gallery again with it, from the photographs that people were enrolled from',
      false,
    )
    .action((name: string, options: UseRequest) => usePack(name, options));
}
