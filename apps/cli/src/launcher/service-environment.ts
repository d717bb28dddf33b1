import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { writeFileWhole } from '#shared/platform/storage/folder-files.js';
import { prepareDataFolder } from './data-folder.js';

type Environment = Readonly<Record<string, string>>;

/**
 * Number of heaps of glibc's allocator. Its default, eight per core, keeps 130 MiB more unused memory in an
 * embedder (docs/soak.md). glibc reads it when a process starts, so the service cannot set it itself.
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: '2' };

/**
 * Environment variables for the services: those of this process, plus the packs that `models use` chose if
 * this process does not set them.
 * @param report gets a message if the environment overrides a chosen pack
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
    report(
      `the environment sets ${name}=${given}, which overrides ${chosen} chosen by "models use"`,
    );
  }
  return { ...ALLOCATOR, ...choice, ...env };
}

const choiceSchema = z.partialRecord(z.enum(['MODEL_PACK', 'DETECTION_PACK']), z.string().min(1));

/** The packs that `models use` chose for a data folder, as settings of the services (models.json). */
export type ModelChoice = Readonly<z.output<typeof choiceSchema>>;

/** @throws PipelineError MODEL_CHOICE_INVALID */
export async function readModelChoice(dataDir: string): Promise<ModelChoice> {
  const file = fileOf(dataDir);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '{}';
    throw error;
  });
  try {
    return choiceSchema.parse(JSON.parse(text));
  } catch (error) {
    throw usageError(
      'MODEL_CHOICE_INVALID',
      `${file} is not valid; delete it, or choose a pack again with: npm run sightline -- models use NAME`,
      error,
    );
  }
}

/** @throws PipelineError DATA_DIR_UNUSABLE, DISK_FULL */
export async function writeModelChoice(dataDir: string, choice: ModelChoice): Promise<void> {
  await prepareDataFolder(dataDir);
  const text = `${JSON.stringify(choice, null, 2)}\n`;
  await writeFileWhole(fileOf(dataDir), Buffer.from(text), true);
}

function fileOf(dataDir: string): string {
  return path.join(dataDir, 'models.json');
}
