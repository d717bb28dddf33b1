import { type Command } from 'commander';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { readPack } from '#shared/models/read-pack.js';
import { listPacks } from './list-packs.js';
import { loadModelSettings } from './model-settings.js';
import { verifyAnswers } from './verify-answers.js';

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
    const found = problem ?? (await wrongAnswer(MODELS_DIR, name));
    console.log(`${name}: ${found ?? 'whole, known answers right'}`);
    if (found !== null) process.exitCode = 1;
  }
}

async function wrongAnswer(modelsDir: string, name: string): Promise<string | null> {
  try {
    await verifyAnswers(await readPack(modelsDir, name));
    return null;
  } catch (error) {
    if (error instanceof PipelineError) return error.message;
    throw error;
  }
}
