import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isImageName } from '#shared/storage/image-name.js';
import { cliError } from '../cli-error.js';
import { type LabelledPhotograph, readLabelledPhotographs } from './labelled-photographs.js';

/**
 * Photographs of strangers: each file of the folder is of another person, and so is each sub-folder.
 * @throws PipelineError PEOPLE_NOT_FOUND
 */
export async function readStrangers(folder: string): Promise<LabelledPhotograph[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw cliError('PEOPLE_NOT_FOUND', `cannot read the folder ${folder}`, error);
  });
  const files = entries
    .filter((entry) => entry.isFile() && isImageName(entry.name))
    .map(({ name }) => ({ person: name, file: path.join(folder, name) }))
    .sort((a, b) => (a.person < b.person ? -1 : 1));
  const hasFolders = entries.some((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  if (files.length > 0 && !hasFolders) return files;
  return [...files, ...(await readLabelledPhotographs(folder))];
}
