import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFields, withLogFields, withOnlyLogFields } from './logging.js';

describe('log context', () => {
  it('belongs to one asynchronous piece of work and its calls', async () => {
    const after = async (jobId: string, ms: number) =>
      withLogFields({ jobId }, async () => {
        await sleep(ms);
        return withLogFields({ queue: 'q' }, logFields);
      });
    expect(await Promise.all([after('a', 20), after('b', 5)])).toEqual([
      { jobId: 'a', queue: 'q' },
      { jobId: 'b', queue: 'q' },
    ]);
    expect(logFields()).toEqual({});
  });

  it('does not reach background work with fields of its own', () => {
    withLogFields({ requestId: 'r' }, () =>
      expect(withOnlyLogFields({ importId: 'i' }, logFields)).toEqual({ importId: 'i' }),
    );
  });
});
