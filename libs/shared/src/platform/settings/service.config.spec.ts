import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from './load-config.js';
import { serviceConfigShape } from './service.config.js';

const schema = z.object(serviceConfigShape);
const [ONE, OTHER] = ['2f9d41c07be84a51', 'c81e6b30a94f4d27'];

function keys(text: string) {
  return loadConfig(schema, { API_KEYS: text }).API_KEYS;
}

describe('API_KEYS', () => {
  it('takes keys and tenants without the blanks around them', () => {
    expect(keys(` ${ONE} : newsroom ,\n ${OTHER}:archive, `)).toEqual(
      new Map([
        [ONE, 'newsroom'],
        [OTHER, 'archive'],
      ]),
    );
  });

  it('takes several keys of one tenant', () => {
    expect(keys(`${ONE}:newsroom,${OTHER}:newsroom`).size).toBe(2);
  });

  it.each([
    ['a key of two tenants', `${ONE}:a,${ONE}:b`, 'entry 2: has the key of another entry'],
    ['a key that is there twice', `${ONE}:a,${ONE}:a`, 'entry 2: has the key of another entry'],
    ['a tenant that cannot be one', `${ONE}:News Room`, 'entry 1: a tenant is 1 to 63 characters'],
    ['no tenant', `${ONE}:`, 'entry 1: a tenant is 1 to 63 characters'],
    ['a short key', `short:a`, 'entry 1: expected KEY:TENANT'],
    ['three parts', `${OTHER}:b,${ONE}:a:b`, 'entry 2: expected KEY:TENANT'],
  ])('refuses %s, and does not show the key', (_, text, problem) => {
    expect(() => keys(text)).toThrow(problem);
    expect(() => keys(text)).not.toThrow(ONE);
  });
});

describe.each([
  ['ALLOWED_HOSTS', 'ingest, 10.0.0.0/8, ::1', ['in gest', '10.0.0.0/99', 'http://ingest']],
  [
    'CORS_ORIGINS',
    'https://a.example, http://localhost:3000',
    ['a.example', 'https://a.example/', '*'],
  ],
  ['TRUSTED_PROXIES', '10.0.0.1, fd00::/8', ['proxy', '10.0.0.0/99', '*']],
])('%s', (name, right, wrong) => {
  it('is a list', () => {
    expect(() => loadConfig(schema, { [name]: right })).not.toThrow();
    expect(() => loadConfig(schema, { [name]: '' })).not.toThrow();
  });

  it.each(wrong)('refuses %s', (text) => {
    expect(() => loadConfig(schema, { [name]: text })).toThrow(`${name}: expected`);
  });
});
