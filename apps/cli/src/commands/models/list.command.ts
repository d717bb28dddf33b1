import { type Command } from 'commander';
import { listPacks, type PackState } from '#models/install/list-packs.js';
import { facenetPacks } from '#models/published/facenet-packs.js';
import { describePack } from './describe-pack.js';
import { loadModelSettings, type ModelSettings } from './model-settings.js';

/** Adds `models list`. */
export function registerList(models: Command): void {
  models
    .command('list')
    .description('model packs, installed or known: what they are, and which are in use')
    .action(list);
}

async function list(): Promise<void> {
  const settings = await loadModelSettings();
  const packs = await listPacks(settings.MODELS_DIR);
  for (const pack of packs) console.log(describe(pack, settings));
  for (const { name, description, licence } of facenetPacks) {
    if (packs.some((pack) => pack.name === name)) continue;
    console.log(
      block(`${name}  not installed`, [
        description,
        `licence: ${licence}`,
        `get it with: npm run sightline -- models pull ${name}`,
      ]),
    );
  }
}

function describe(pack: PackState, { MODEL_PACK, DETECTION_PACK }: ModelSettings): string {
  const { name, state, description, licence, manifest, problem } = pack;
  const isInUse = name === MODEL_PACK || name === DETECTION_PACK;
  return block(`${name}  ${state}${isInUse ? ', in use' : ''}`, [
    ...(description === '' ? [] : [description]),
    ...(manifest ? describePack(manifest, DETECTION_PACK) : []),
    ...(licence === '' ? [] : [`licence: ${licence}`]),
    ...(problem === undefined ? [] : [problem]),
  ]);
}

function block(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}
