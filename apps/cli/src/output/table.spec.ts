import { describe, expect, it } from '@jest/globals';
import { formatTable, printable, quantity } from './table.js';

describe('formatTable', () => {
  it('aligns columns, and numbers to the right', () => {
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
  it('replaces characters that move the cursor or start a new line', () => {
    expect(printable('a\u001b[31mb\nc')).toBe('a�[31mb␤c');
  });
});

describe('quantity', () => {
  it.each([
    [0, '0 people'],
    [1, '1 person'],
    [2, '2 people'],
    [1_000, '1,000 people'],
  ])('writes %i as "%s"', (value, text) => {
    expect(quantity(value, 'person', 'people')).toBe(text);
  });
});
