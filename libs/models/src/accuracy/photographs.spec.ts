import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readLabelledPhotographs, readStrangers, parseGroups, readGroups } from './photographs.js';

let folder: string;
const place = (...parts: string[]) => path.join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-labelled-'));
  for (const person of ['people/Ann_Lee', 'people/Bo', 'flat', 'mixed/Cy', 'empty']) {
    await mkdir(place(person), { recursive: true });
  }
  const files = ['people/Ann_Lee/Ann_Lee_0001.jpg', 'people/Ann_Lee/notes.txt', 'people/Bo/b.PNG'];
  for (const file of [...files, 'flat/1.jpg', 'flat/2.jpg', 'mixed/3.jpg', 'mixed/Cy/4.jpg']) {
    await writeFile(place(file), '');
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('readLabelledPhotographs', () => {
  it('reads one person per sub-folder, and only images', async () => {
    expect(await readLabelledPhotographs(place('people'))).toEqual([
      { person: 'Ann Lee', file: place('people/Ann_Lee/Ann_Lee_0001.jpg') },
      { person: 'Bo', file: place('people/Bo/b.PNG') },
    ]);
  });
});

describe('readStrangers', () => {
  it('treats each file as another person', async () => {
    const strangers = await readStrangers(place('flat'));
    expect(strangers.map(({ person }) => person)).toEqual(['1.jpg', '2.jpg']);
  });

  it('treats each sub-folder as another person, in addition to files', async () => {
    const strangers = await readStrangers(place('mixed'));
    expect(strangers.map(({ person }) => person)).toEqual(['3.jpg', 'Cy']);
  });

  it.each(['empty', 'not-there'])('rejects a folder without people: %s', async (name) => {
    await expect(readStrangers(place(name))).rejects.toMatchObject({ code: 'PEOPLE_NOT_FOUND' });
  });
});

const parse = (text: string) => [...parseGroups(text, 'groups.csv')];

describe('parseGroups', () => {
  it('reads commas or tabs, with or without a header', () => {
    const expected = [
      ['Ann Lee', 'north'],
      ['Bo', 'south'],
    ];
    expect(parse('person,group\nAnn_Lee,north\nBo, south\n')).toEqual(expected);
    expect(parse('\uFEFFAnn Lee\tnorth\r\n\r\n# half of them\r\nBo\tsouth')).toEqual(expected);
  });

  it('keeps a person whose name is person', () => {
    expect(parse('Bo,south\nperson,group')).toEqual([
      ['Bo', 'south'],
      ['person', 'group'],
    ]);
  });

  it.each([
    ['Bo,south\nAnn', 'groups.csv, line 2'],
    ['Bo,', 'groups.csv, line 1'],
    ['# who\nBo,south,west', 'groups.csv, line 2'],
    ['Bo,south\nBo,north', 'groups.csv, line 2: Bo is already in the group south'],
  ])('names the invalid line', (text, problem) => {
    expect(() => parse(text)).toThrow(problem);
  });

  it('names the file that cannot be read', async () => {
    await expect(readGroups('/no/such/file')).rejects.toMatchObject({ code: 'GROUPS_UNREADABLE' });
  });
});
