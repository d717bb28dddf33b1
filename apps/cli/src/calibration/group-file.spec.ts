import { describe, expect, it } from '@jest/globals';
import { parseGroups, readGroups } from './group-file.js';

const parse = (text: string) => [...parseGroups(text, 'groups.csv')];

describe('parseGroups', () => {
  it('reads commas or tabs, with or without a heading', () => {
    const expected = [
      ['Ann Lee', 'north'],
      ['Bo', 'south'],
    ];
    expect(parse('person,group\nAnn_Lee,north\nBo, south\n')).toEqual(expected);
    expect(parse('\uFEFFAnn Lee\tnorth\r\n\r\n# half of them\r\nBo\tsouth')).toEqual(expected);
  });

  it('keeps a person who is called person', () => {
    expect(parse('Bo,south\nperson,group')).toEqual([
      ['Bo', 'south'],
      ['person', 'group'],
    ]);
  });

  it.each([
    ['Bo,south\nAnn', 'groups.csv, line 2'],
    ['Bo,', 'groups.csv, line 1'],
    ['# who\nBo,south,west', 'groups.csv, line 2'],
    ['Bo,south\nBo,north', 'groups.csv, line 2: Bo was in the group south before'],
  ])('names the line that is wrong', (text, problem) => {
    expect(() => parse(text)).toThrow(problem);
  });

  it('says which file cannot be read', async () => {
    await expect(readGroups('/no/such/file')).rejects.toMatchObject({ code: 'GROUPS_UNREADABLE' });
  });
});
