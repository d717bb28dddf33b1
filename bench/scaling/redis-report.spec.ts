import { describe, expect, it } from '@jest/globals';
import { commandKinds, redisCost } from './redis-report.js';

describe('the cost of images for Redis', () => {
  it('is the CPU time of its main thread, and the images/s that use a whole core', () => {
    const usage = {
      mainSeconds: 0.5,
      allSeconds: 9,
      bytesIn: 0,
      bytesOut: 0,
      commands: new Map<string, never>(),
    };
    expect(redisCost(usage, 2_000, 4)).toEqual({ micros: 250, bound: 4_000, share: 0.125 });
  });

  it('is listed by kind of command, the largest first', () => {
    const command = (label: string, length: number) => ({ label, bytes: Buffer.alloc(length) });
    expect(commandKinds([command('GET', 3), command('SET', 5), command('GET', 4)])).toEqual([
      { label: 'GET', count: 2, bytes: 7 },
      { label: 'SET', count: 1, bytes: 5 },
    ]);
  });
});
