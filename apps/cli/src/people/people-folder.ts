import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { cliError } from '../cli-error.js';

export interface PersonFolder {
  /** Name of the sub-folder, which is the person's name. */
  readonly name: string;
  /** Paths of the photographs, by name. */
  readonly files: readonly string[];
}

/**
 * A folder with one sub-folder per person. Underscores in a sub-folder's name stand for spaces; hidden
 * files are passed over.
 * @throws PipelineError PEOPLE_NOT_FOUND when there is no such folder or nobody in it
 */
export async function readPeopleFolder(folder: string): Promise<readonly PersonFolder[]> {
  const entries = await visible(folder).catch((error: unknown) => {
    throw cliError('PEOPLE_NOT_FOUND', `cannot read the folder ${folder}`, error);
  });
  const people = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const files = (await visible(path.join(folder, name))).filter((entry) => entry.isFile());
        return {
          name: personName(name),
          files: files.map((file) => path.join(folder, name, file.name)),
        };
      }),
  );
  if (people.length === 0) {
    throw cliError('PEOPLE_NOT_FOUND', `${folder} has no sub-folders; it needs one per person`);
  }
  return people;
}

/** As the matcher stores it, so that the same folder is the same person. */
export function personName(folderName: string): string {
  return folderName.replaceAll('_', ' ').normalize('NFC').trim();
}

async function visible(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
