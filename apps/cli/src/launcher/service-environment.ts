import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { writeFileWhole } from '#shared/platform/storage/folder-files.js';

const choiceSchema = z.partialRecord(z.enum(['MODEL_PACK', 'DETECTION_PACK']), z.string().min(1));

/** The packs that `models use` chose for the services on a data folder, as their settings. */
export type ModelChoice = Readonly<z.output<typeof choiceSchema>>;

/** @throws PipelineError MODEL_CHOICE_INVALID */
export async function readModelChoice(dataDir: string): Promise<ModelChoice> {
  const file = fileOf(dataDir);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return choiceSchema.parse(JSON.parse(text));
  } catch (error) {
    throw usageError(
      'MODEL_CHOICE_INVALID',
      `${file} does not say which packs are in use; delete it, or write it anew with: npm run sightline -- models use NAME`,
      error,
    );
  }
}

export async function writeModelChoice(dataDir: string, choice: ModelChoice): Promise<void> {
  const text = `${JSON.stringify(choice, null, 2)}\n`;
  await writeFileWhole(fileOf(dataDir), Buffer.from(text), true);
}

function fileOf(dataDir: string): string {
  return path.join(dataDir, 'models.json');
}

type Environment = Readonly<Record<string, string>>;

/**
 * Heaps of glibc's allocator: eight a core, its default, hold 130 MiB more of an embedder's memory that
 * nobody uses (docs/soak.md). Read when a process starts, so it cannot set it itself.
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: '2' };

/**
 * What the services get for their environment: this process's own, and the packs that `models use` chose
 * where it names none.
 * @param report told about a choice that the environment overrules, in words
 */
export async function serviceEnvironment(
  dataDir: string,
  env: Environment,
  report: (message: string) => void,
): Promise<Environment> {
  const choice = await readModelChoice(dataDir);
  for (const [name, chosen] of Object.entries(choice)) {
    const given = env[name];
    if (given === undefined || given === chosen) continue;
    report(`${name}=${given} of the environment is used, not ${chosen} as models use chose`);
  }
  return { ...ALLOCATOR, ...choice, ...env };
}
