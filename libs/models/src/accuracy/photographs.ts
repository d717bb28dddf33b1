/** Reads folders of labelled photographs, and the groups of people. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { isImageName } from '#shared/platform/storage/object-names.js';

export interface PersonFolder {
  /** Name of the person, from the name of the sub-folder. */
  readonly name: string;
  /** Paths of the photographs, sorted by name. */
  readonly files: readonly string[];
}

/** A photograph that is known to show one person. */
export interface LabelledPhotograph {
  readonly person: string;
  readonly file: string;
}

/**
 * Reads a folder with one sub-folder per person. Underscores in the name of a sub-folder stand for
 * spaces; hidden files are skipped.
 * @throws PipelineError PEOPLE_NOT_FOUND when the folder does not exist or has no sub-folders
 */
export async function readPeopleFolder(folder: string): Promise<readonly PersonFolder[]> {
  const entries = await visible(folder).catch((error: unknown) => {
    throw usageError('PEOPLE_NOT_FOUND', `cannot read the folder ${folder}`, error);
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
    throw usageError('PEOPLE_NOT_FOUND', `${folder} has no sub-folders; it needs one per person`);
  }
  return people;
}

/**
 * Reads the photographs of a folder with one sub-folder per person, as in Labeled Faces in the Wild:
 * NAME/NAME_0001.jpg. Files without the name of an image are skipped.
 * @throws PipelineError PEOPLE_NOT_FOUND
 */
export async function readLabelledPhotographs(folder: string): Promise<LabelledPhotograph[]> {
  const people = await readPeopleFolder(folder);
  return people.flatMap(({ name, files }) =>
    files
      .filter((file) => isImageName(path.basename(file)))
      .map((file) => ({ person: name, file })),
  );
}

/**
 * Reads photographs of strangers. Each file in the folder shows another person; so does each sub-folder.
 * @throws PipelineError PEOPLE_NOT_FOUND
 */
export async function readStrangers(folder: string): Promise<LabelledPhotograph[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw usageError('PEOPLE_NOT_FOUND', `cannot read the folder ${folder}`, error);
  });
  const files = entries
    .filter((entry) => entry.isFile() && isImageName(entry.name))
    .map(({ name }) => ({ person: name, file: path.join(folder, name) }))
    .sort((a, b) => (a.person < b.person ? -1 : 1));
  const hasFolders = entries.some((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  if (files.length > 0 && !hasFolders) return files;
  return [...files, ...(await readLabelledPhotographs(folder))];
}

/**
 * Reads the group of each person from lines `person,group` or `person<TAB>group`. A first line `person`
 * and `group` is a header. Empty lines and lines that start with # are skipped.
 * @throws PipelineError GROUPS_UNREADABLE; GROUPS_MALFORMED with the line number
 */
export async function readGroups(file: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw usageError('GROUPS_UNREADABLE', `cannot read the groups in ${file}`, error);
  });
  return parseGroups(text, file);
}

export function parseGroups(text: string, file: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>();
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const fields = line.split(line.includes('\t') ? '\t' : ',').map((field) => field.trim());
    if (groups.size === 0 && /^person$/i.test(fields[0]!) && /^group$/i.test(fields[1] ?? '')) {
      continue;
    }
    const [person, group, ...rest] = fields;
    if (!person || !group || rest.length > 0) {
      throw malformed(file, index, 'expected a person and a group, separated by a comma or a tab');
    }
    const name = personName(person);
    if ((groups.get(name) ?? group) !== group) {
      throw malformed(file, index, `${person} is already in the group ${groups.get(name)!}`);
    }
    groups.set(name, group);
  }
  return groups;
}

function malformed(file: string, index: number, problem: string) {
  return usageError('GROUPS_MALFORMED', `${file}, line ${index + 1}: ${problem}`);
}

/** The name as the matcher stores it, so that a folder always stands for the same person. */
export function personName(folderName: string): string {
  return folderName.replaceAll('_', ' ').normalize('NFC').trim();
}

async function visible(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
