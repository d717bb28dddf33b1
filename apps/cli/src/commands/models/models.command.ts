import { type Command } from 'commander';
import { registerCalibrate } from './calibrate.command.js';
import { registerImport } from './import.command.js';
import { registerList } from './list.command.js';
import { registerPull } from './pull.command.js';
import { registerQuantise } from './quantise.command.js';
import { registerUse } from './use.command.js';
import { registerVerify } from './verify.command.js';

/** Adds `models …` to the program. Its commands work on MODELS_DIR. */
export function registerModelsCommand(program: Command): void {
  const models = program.command('models').description('fetch, make, check and choose model packs');
  registerPull(models);
  registerImport(models);
  registerQuantise(models);
  registerList(models);
  registerVerify(models);
  registerCalibrate(models);
  registerUse(models);
}
