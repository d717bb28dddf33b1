import { type Command } from 'commander';
import path from 'node:path';
import { loadCliConfig } from '../cli.config.js';
import { findServices } from '../client/find-services.js';
import { formatTable } from '../output/table.js';
import { enrolFolder, describeEnrolment } from './enrol-folder.js';

export function registerPeopleCommand(program: Command): void {
  const people = program.command('people').description('the people that faces are compared with');
  people
    .command('list')
    .description('everybody, with how many photographs are enrolled')
    .action(list);
  people
    .command('add')
    .description('add a person, with photographs if there are some')
    .argument('<name>')
    .argument('[photographs...]', 'each with exactly one face')
    .action(add);
  people
    .command('rename')
    .argument('<id>')
    .argument('<name>')
    .description('give a person another name')
    .action(rename);
  people
    .command('delete')
    .argument('<id>')
    .description('delete a person, the photographs enrolled, and the person on every sighting')
    .action(remove);
  people
    .command('enrol')
    .argument('<folder>', 'a folder with one sub-folder of photographs per person')
    .description('enrol everybody in a folder of folders')
    .action(enrol);
}

async function list(): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  const rows = [];
  for await (const person of matcher.people()) {
    rows.push([person.id, person.templates, person.name]);
  }
  console.log(formatTable(['PERSON', 'PHOTOGRAPHS', 'NAME'], rows));
}

async function add(name: string, photographs: string[]): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  const { id } = await matcher.addPerson(name);
  for (const photograph of photographs) await matcher.addTemplate(id, photograph);
  console.log(id);
}

async function rename(id: string, name: string): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  await matcher.renamePerson(id, name);
}

async function remove(id: string): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  await matcher.deletePerson(id);
}

async function enrol(folder: string): Promise<void> {
  const { matcher } = await findServices(loadCliConfig());
  const enrolment = await enrolFolder(matcher, path.resolve(folder));
  console.log(describeEnrolment(enrolment));
  if (enrolment.people.every((person) => person.photographs === 0)) process.exitCode = 1;
}
