import { describe, expect, it } from '@jest/globals';
import { isAdmin, isSameSecret } from './keys.js';

const KEY = 'an-admin-key:with-a-colon';

function basic(userAndPassword: string): string {
  return `Basic ${Buffer.from(userAndPassword).toString('base64')}`;
}

describe('isAdmin', () => {
  it.each([`Bearer ${KEY}`, `bearer ${KEY}`, basic(`admin:${KEY}`)])('accepts %s', (header) => {
    expect(isAdmin(header, KEY)).toBe(true);
  });

  it.each([
    undefined,
    '',
    KEY,
    'Bearer ',
    'Bearer undefined',
    `Bearer ${KEY}x`,
    `Bearer ${KEY.slice(0, -1)}`,
    `Bearer admin:${KEY}`,
    `Digest ${KEY}`,
    basic(KEY),
    basic(`root:${KEY}`),
    basic(`admin:${KEY} `),
    basic('admin:'),
    `Basic admin:${KEY}`,
  ])('refuses %s', (header) => {
    expect(isAdmin(header, KEY)).toBe(false);
  });
});

describe('isSameSecret', () => {
  it('takes nothing for a secret that is not set', () => {
    expect(isSameSecret('', '')).toBe(false);
    expect(isSameSecret('a', '')).toBe(false);
    expect(isSameSecret('a', 'a')).toBe(true);
  });
});
