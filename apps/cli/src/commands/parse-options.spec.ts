import { describe, expect, it } from '@jest/globals';
import { parseMoment } from './parse-options.js';

const NOW = Date.parse('2026-02-03T04:05:06.000Z');

describe('parseMoment', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31T12:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['30m', '2026-02-03T03:35:06.000Z'],
    ['2h', '2026-02-03T02:05:06.000Z'],
    ['7d', '2026-01-27T04:05:06.000Z'],
  ])('reads %s', (text, expected) => {
    expect(parseMoment(text, NOW)).toBe(expected);
  });

  it.each(['', 'yesterday', '5', '5w', '2026-13-45', '-2h', '999999999d'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseMoment(text, NOW)).toThrow('expected a time');
    },
  );
});
