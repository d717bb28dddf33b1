import { type Command } from 'commander';
import path from 'node:path';
import { peopleHttp } from '#shared/contracts/http/people.http.js';
import { loadCliConfig } from '../cli.config.js';
import { findServices, readPhotograph } from '../client/services.js';
import { formatTable } from '../output/table.js';
import { enrolFolder, describeEnrolment } from './enrol-folder.js';

export function registerPeopleCommand(program: Command): void {
  const people = program
    .command('people')
    .description('list, add, rename, delete and enrol people');
  people
    .command('list')
    .description('list all people, with the number of enrolled photographs')
    .action(list);
  people
    .command('add')
    .description('add a person, with or without photographs, and print the id')
    .argument('<name>', 'name of the person')
    .argument('[photographs...]', 'files of photographs with exactly one face each')
    .action(add);
  people
    .command('rename')
    .argument('<id>', 'id of the person')
    .argument('<name>', 'new name')
    .description('change the name of a person')
    .action(rename);
  people
    .command('delete')
    .argument('<id>', 'id of the person')
    .description(
      'delete a person and the enrolled photographs, and remove the name from all sightings',
    )
    .action(remove);
  people
    .command('enrol')
    .argument('<folder>', 'folder with one sub-folder of photographs per person')
    .description(
      'enrol all people of a folder; the names of the sub-folders are the names of the people',
    )
    .action(enrol);
}

async function list(): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  const rows = [];
  for await (const person of matcher.each(peopleHttp.list, {}, (page) => page.people)) {
    rows.push([person.id, person.templates, person.name]);
  }
  console.log(formatTable(['PERSON', 'PHOTOGRAPHS', 'NAME'], rows));
}

async function add(name: string, photographs: string[]): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  const { id } = await matcher.call(peopleHttp.create, { body: { name } });
  for (const photograph of photographs) {
    const image = await readPhotograph(photograph);
    await matcher.call(peopleHttp.enrol, { params: { personId: id }, files: { image } });
  }
  console.log(id);
}

async function rename(id: string, name: string): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  await matcher.call(peopleHttp.rename, { params: { id }, body: { name } });
}

async function remove(id: string): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  await matcher.call(peopleHttp.delete, { params: { id } });
}

async function enrol(folder: string): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  const enrolment = await enrolFolder(matcher, path.resolve(folder));
  console.log(describeEnrolment(enrolment));
  if (enrolment.people.every((person) => person.photographs === 0)) process.exitCode = 1;
}
