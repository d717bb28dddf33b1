import { readFile } from 'node:fs/promises';
import { cliError } from '../cli-error.js';
import { personName } from '../people/people-folder.js';

/**
 * Which group each person is in: lines `person,group` or `person<TAB>group`. A first line that says
 * `person` and `group` is a heading; empty lines and lines that begin with # are passed over.
 * @throws PipelineError GROUPS_UNREADABLE, GROUPS_MALFORMED naming the line
 */
export async function readGroups(file: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw cliError('GROUPS_UNREADABLE', `cannot read the groups in ${file}`, error);
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
      throw malformed(file, index, 'expected a person and a group, with a comma or a tab between');
    }
    const name = personName(person);
    if ((groups.get(name) ?? group) !== group) {
      throw malformed(file, index, `${person} was in the group ${groups.get(name)!} before`);
    }
    groups.set(name, group);
  }
  return groups;
}

function malformed(file: string, index: number, problem: string) {
  return cliError('GROUPS_MALFORMED', `${file}, line ${index + 1}: ${problem}`);
}
