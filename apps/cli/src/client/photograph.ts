import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '#shared/contracts/pipeline-error.js';

/** A photograph on disk, to be uploaded. @throws PipelineError FILE_UNREADABLE */
export async function readPhotograph(file: string): Promise<File> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw usageError('FILE_UNREADABLE', `cannot read ${file}: ${(error as Error).message}`, error);
  });
  return new File([Uint8Array.from(bytes)], path.basename(file));
}
