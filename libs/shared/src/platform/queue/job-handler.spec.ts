import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readPayload } from './job-handler.js';

const firstSchema = z.strictObject({ v: z.literal(1), name: z.string() });
const contract = {
  version: 2,
  payload: z.strictObject({ v: z.literal(2), names: z.array(z.string()) }),
  older: { 1: firstSchema.transform(({ name }) => ({ v: 2 as const, names: [name] })) },
};

describe('readPayload', () => {
  it('reads the current version and upgrades an older one', () => {
    for (const data of [
      { v: 2, names: ['a'] },
      { v: 1, name: 'a' },
    ]) {
      expect(readPayload(contract, data)).toEqual({
        kind: 'payload',
        payload: { v: 2, names: ['a'] },
      });
    }
  });

  it('leaves a newer version to newer workers, whatever it holds', () => {
    expect(readPayload(contract, { v: 3, people: {} })).toEqual({ kind: 'newer', version: 3 });
  });

  it.each([
    ['an unknown field', { v: 2, names: [], extra: 1 }, /extra/],
    ['an old version with new fields', { v: 1, names: ['a'] }, /name: /],
    ['a version that never existed', { v: 0, names: [] }, /v: /],
    ['no version', { names: [] }, /v: /],
    ['no object', 'text', /./],
    ['nothing', null, /./],
  ])('reports the problem of %s', (_, data, problems) => {
    const read = readPayload(contract, data);
    expect(read).toEqual({ kind: 'invalid', problems: expect.stringMatching(problems) });
  });
});
