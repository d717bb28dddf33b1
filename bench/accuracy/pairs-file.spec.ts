import { describe, expect, it } from '@jest/globals';
import { parsePairs, readPairs } from './pairs-file.js';

const photographs = ['Ann_Lee', 'Bo'].flatMap((name) =>
  [1, 2, 3].map((number) => {
    return { person: name.replace('_', ' '), file: `x/${name}/${name}_000${number}.jpg` };
  }),
);
const parse = (...lines: string[]) => parsePairs(lines.join('\n'), 'pairs.txt', photographs);
const same = 'Ann_Lee\t1\t3';
const different = 'Ann_Lee\t2\tBo\t1';

describe('parsePairs', () => {
  it('reads folds, each with its same-person pairs first', () => {
    expect(parse('2\t1', same, different, 'Bo\t1\t2', 'Bo\t3\tAnn_Lee\t1', '')).toEqual([
      { first: 0, second: 2, same: true, fold: 0 },
      { first: 1, second: 3, same: false, fold: 0 },
      { first: 3, second: 4, same: true, fold: 1 },
      { first: 5, second: 0, same: false, fold: 1 },
    ]);
  });

  it('reads one set and divides it into ten folds', () => {
    const pairs = parse(
      '20',
      ...Array<string>(20).fill(same),
      ...Array<string>(20).fill(different),
    );
    expect(pairs).toHaveLength(40);
    expect(pairs.filter((pair) => pair.same)).toHaveLength(20);
    const folds = pairs.map(({ fold }) => fold);
    expect(folds.slice(0, 4)).toEqual([0, 0, 1, 1]);
    expect(folds.slice(20)).toEqual(folds.slice(0, 20));
    expect(new Set(folds).size).toBe(10);
  });

  it.each([
    ['a header that is none', ['LFW', same], 'PAIRS_MALFORMED', 'line 1: expected'],
    ['a header with a zero', ['0\t1'], 'PAIRS_MALFORMED', 'line 1: expected'],
    ['a line too few', ['1', same], 'PAIRS_MALFORMED', 'line 1: says 2 pairs, there are 1'],
    ['a line too many', ['1', same, different, same], 'PAIRS_MALFORMED', 'there are 3'],
    ['two people among the same', ['1', different, different], 'PAIRS_MALFORMED', 'line 2'],
    ['one person among the others', ['1', same, same], 'PAIRS_MALFORMED', 'line 3'],
    ['no number', ['1', 'Bo\tone\t2', different], 'PAIRS_MALFORMED', 'line 2'],
    ['spaces for tabs', ['1', 'Bo 1 2', different], 'PAIRS_MALFORMED', 'with tabs between'],
    ['an empty line', ['1', '', different], 'PAIRS_MALFORMED', 'line 2'],
    [
      'a photograph that is not there',
      ['1', same, 'Bo\t1\tAnn_Lee\t4'],
      'PAIRS_PHOTOGRAPH_MISSING',
      'pairs.txt, line 3: no photograph 4 of Ann_Lee',
    ],
  ])('names the line of %s', (_, lines, code, message) => {
    expect(() => parse(...lines)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });

  it('reports a file that cannot be read', async () => {
    await expect(readPairs('/no/such/file', photographs)).rejects.toMatchObject({
      code: 'PAIRS_UNREADABLE',
    });
  });
});
