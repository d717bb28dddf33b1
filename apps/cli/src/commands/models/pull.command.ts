import { type Command } from 'commander';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { installPack } from '#models/install/install-pack.js';
import { removeLeftovers } from '#models/install/workspace.js';
import { readManifest } from '#models/packs/read-pack.js';
import { findDefinitions } from '#models/published/find-pack.js';
import { pullFacenet } from '#models/published/pull-facenet.js';
import { downloadProgress } from '../../output/progress.js';
import { describeOutcome } from './describe-pack.js';
import { loadModelSettings, photographsFolder } from './model-settings.js';

/** Adds `models pull`. */
export function registerPull(models: Command): void {
  models
    .command('pull')
    .description('fetch, check and install model packs; the default ones unless named')
    .argument('[name...]', 'packs to install')
    .option('--force', 'install again what is there and whole', false)
    .action(pull);
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
        console.log('  it keeps its own thresholds; --force takes those that it comes with');
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
