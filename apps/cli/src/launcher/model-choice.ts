import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileWhole } from '#shared/storage/write-file-whole.js';
import { cliError } from '../cli-error.js';

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
    throw cliError(
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
