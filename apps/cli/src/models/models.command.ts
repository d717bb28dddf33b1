import path from 'node:path';
import { type Command } from 'commander';
import { z } from 'zod';
import { loadConfig } from '#shared/config/load-config.js';
import { modelConfigShape } from '#shared/config/service.config.js';
import { installPack } from './install-pack.js';
import { listPacks } from './list-packs.js';
import { findDefinitions } from './packs/find-definitions.js';
import { type InstallOutcome } from './place-pack.js';

const OUTCOMES: Record<InstallOutcome, string> = {
  'already-there': 'is there and whole',
  installed: 'installed',
  replaced: 'installed again',
};

/** Adds `models pull`, `models list` and `models verify` to the program. They work on MODELS_DIR. */
export function registerModelsCommand(program: Command): void {
  const models = program.command('models').description('fetch and check the model packs');
  models
    .command('pull')
    .description('fetch, check and install model packs; the default ones unless named')
    .argument('[name...]', 'packs to install')
    .option('--force', 'install again what is there and whole', false)
    .action(pull);
  models.command('list').description('model packs, installed or known').action(list);
  models
    .command('verify')
    .description('check every file of the installed packs; fails when one is missing or damaged')
    .argument('[name...]', 'packs to check; all unless named')
    .action(verify);
}

async function pull(names: string[], options: { force: boolean }): Promise<void> {
  const modelsDir = modelsFolder();
  for (const definition of findDefinitions(names)) {
    const { name } = definition.manifest;
    const outcome = await installPack(definition, modelsDir, options);
    console.log(`${name}: ${OUTCOMES[outcome]} (${path.join(modelsDir, name)})`);
  }
}

async function list(): Promise<void> {
  for (const { name, state, description, licence } of await listPacks(modelsFolder())) {
    console.log(`${name}  ${state}\n  ${description}\n  licence: ${licence}`);
  }
}

async function verify(names: string[]): Promise<void> {
  const packs = await listPacks(modelsFolder(), names);
  for (const { name, state, problem } of packs) console.log(`${name}: ${problem ?? state}`);
  if (packs.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
}

function modelsFolder(): string {
  return path.resolve(loadConfig(z.object(modelConfigShape)).MODELS_DIR);
}
