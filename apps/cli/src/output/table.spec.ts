import { describe, expect, it } from '@jest/globals';
import { formatSeconds } from './progress.js';
import { formatTable, printable } from './table.js';

describe('formatTable', () => {
  it('lines columns up, numbers on the right', () => {
    const rows = [
      ['ann', 7],
      ['bobby', 12],
    ];
    expect(formatTable(['NAME', 'COUNT'], rows)).toBe(
      ['NAME   COUNT', 'ann        7', 'bobby     12'].join('\n'),
    );
  });
});

describe('printable', () => {
  it('lets no name move the cursor or start a new line', () => {
    expect(printable('a\u001b[31mb\nc')).toBe('a�[31mb␤c');
  });
});

describe('formatSeconds', () => {
  it.each([
    [null, '–'],
    [4.2, '0:05'],
    [65, '1:05'],
    [7389, '2:03:09'],
  ])('writes %s as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
