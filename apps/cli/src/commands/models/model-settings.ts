import path from 'node:path';
import { z } from 'zod';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { modelConfigShape } from '#shared/platform/settings/service.config.js';
import { inheritedEnvironment, loadCliConfig } from '../../cli.config.js';
import { readModelChoice } from '../../launcher/service-environment.js';

const modelSettingsSchema = z.object(modelConfigShape);
export type ModelSettings = Readonly<z.output<typeof modelSettingsSchema>>;

/** Where the packs lie, and which ones the services that `up` starts use. */
export async function loadModelSettings(): Promise<ModelSettings> {
  const choice = await readModelChoice(dataFolder());
  const settings = loadConfig(modelSettingsSchema, { ...choice, ...inheritedEnvironment() });
  return { ...settings, MODELS_DIR: path.resolve(settings.MODELS_DIR) };
}

/** The launcher's data folder. */
export function dataFolder(): string {
  return path.resolve(loadCliConfig().SIGHTLINE_DATA_DIR);
}

/** Where photographs of npm packages are kept for tests of packs. */
export function photographsFolder(): string {
  return path.join(dataFolder(), 'photos');
}
