import { readdir } from 'node:fs/promises';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type Manifest } from '../packs/manifest.js';
import { readPack } from '../packs/read-pack.js';
import { defaultPacks } from './default-packs.js';

export interface PackState {
  readonly name: string;
  readonly state: 'whole' | 'damaged' | 'not installed';
  /** What is wrong and the command that fixes it. */
  readonly problem?: string;
  readonly description: string;
  readonly licence: string;
  /** Only for a complete pack. */
  readonly manifest?: Manifest;
}

/** State of the named packs; without names, of the default packs and all installed ones. */
export async function listPacks(
  modelsDir: string,
  names: readonly string[] = [],
): Promise<PackState[]> {
  const all = names.length > 0 ? names : await allNames(modelsDir);
  return Promise.all(all.map((name) => packState(modelsDir, name)));
}

async function allNames(modelsDir: string): Promise<string[]> {
  const entries = await readdir(modelsDir, { withFileTypes: true }).catch(() => []);
  const installed = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name);
  const known = defaultPacks.map(({ manifest }) => manifest.name);
  return [...new Set([...known, ...installed])].sort();
}

async function packState(modelsDir: string, name: string): Promise<PackState> {
  const about = defaultPacks.find(({ manifest }) => manifest.name === name)?.manifest;
  try {
    const { manifest } = await readPack(modelsDir, name);
    return {
      name,
      state: 'whole',
      description: manifest.description,
      licence: manifest.licence,
      manifest,
    };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return {
      name,
      state: error.code === 'MODEL_PACK_MISSING' ? 'not installed' : 'damaged',
      problem: error.message,
      description: about?.description ?? '',
      licence: about?.licence ?? '',
    };
  }
}
