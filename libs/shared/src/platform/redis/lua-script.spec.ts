import { describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import path from 'node:path';
import { deadLetterKeys } from '../ledger/keys.js';
import { LuaScript, readLua } from './lua-script.js';

const LEDGER = path.resolve(import.meta.dirname, '../ledger/lua');

describe('readLua', () => {
  it('puts the text of an included file in the place of its include', () => {
    const text = readLua(path.join(LEDGER, 'finish-image.lua'));
    expect(text).toContain('local function put_letter(');
    expect(text).toContain('local function count_problem(');
    expect(text).not.toContain('@include');
  });

  it('finds dead letters under the keys that TypeScript uses', () => {
    const text = readLua(path.join(LEDGER, 'dead-letters.lua'));
    expect(text).toContain(`local LETTERS = '${deadLetterKeys.letters}'`);
    expect(deadLetterKeys.index('t')).toBe(`${deadLetterKeys.letters}:index:t`);
    expect(deadLetterKeys.counts('t')).toBe(`${deadLetterKeys.letters}:counts:t`);
    expect(deadLetterKeys.replays('i')).toBe(`${deadLetterKeys.letters}:replays:i`);
  });
});

describe('LuaScript', () => {
  const script = new LuaScript<number>(LEDGER, 'put-dead-letter.lua');

  function redis(first: Error | null) {
    const calls: string[] = [];
    const evalsha = (...call: unknown[]) => {
      calls.push(`evalsha ${call.slice(1).join(' ')}`);
      return first ? Promise.reject(first) : Promise.resolve(1);
    };
    const evaluate = (...call: unknown[]) => {
      calls.push(`eval ${call.slice(1).join(' ')}`);
      return Promise.resolve(2);
    };
    return { calls, redis: { evalsha, eval: evaluate } as unknown as Redis };
  }

  it('sends the text only when Redis does not know the script', async () => {
    const known = redis(null);
    expect(await script.run(known.redis, ['k'], ['v', 3])).toBe(1);
    expect(known.calls).toEqual(['evalsha 1 k v 3']);
    const unknown = redis(new Error('NOSCRIPT No matching script.'));
    expect(await script.run(unknown.redis, ['k'], ['v', 3])).toBe(2);
    expect(unknown.calls).toEqual(['evalsha 1 k v 3', 'eval 1 k v 3']);
  });

  it('does not run a script twice that failed', async () => {
    const failing = redis(new Error('OOM command not allowed'));
    await expect(script.run(failing.redis, ['k'])).rejects.toThrow('OOM');
    expect(failing.calls).toHaveLength(1);
  });
});
