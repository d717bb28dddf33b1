import path from 'node:path';
import { z } from 'zod';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { modelConfigShape } from '#shared/platform/settings/service.config.js';
import { inheritedEnvironment, loadCliConfig } from '../../cli.config.js';
import { readModelChoice } from '../../launcher/service-environment.js';

const modelSettingsSchema = z.object(modelConfigShape);
export type ModelSettings = Readonly<z.output<typeof modelSettingsSchema>>;

/** The folder of the model packs, and the packs that `up` and `demo` start the services with. */
export async function loadModelSettings(): Promise<ModelSettings> {
  const choice = await readModelChoice(dataFolder());
  const settings = loadConfig(modelSettingsSchema, { ...choice, ...inheritedEnvironment() });
  return { ...settings, MODELS_DIR: path.resolve(settings.MODELS_DIR) };
}

/** The data folder of the launcher. */
export function dataFolder(): string {
  return path.resolve(loadCliConfig().SIGHTLINE_DATA_DIR);
}

/** Folder for the photographs of npm packages, which packs are tested with. */
export function photographsFolder(): string {
  return path.join(dataFolder(), 'photos');
}
