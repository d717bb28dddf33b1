import { describe, expect, it } from '@jest/globals';
import { runChaos } from './run-chaos.js';
import { nameOf } from './schedule.js';

describe('an import with faults', () => {
  it('has the same results as one without faults: nothing lost, duplicated or stuck', async () => {
    const { rounds, ok } = await runChaos(
      {
        seed: 4,
        rounds: 1,
        kills: 7,
        others: 11,
        images: null,
        copies: 2,
        store: 's3',
        vectorStore: 'qdrant',
        lockMs: 1_000,
      },
      () => undefined,
    );
    expect(rounds.flatMap(({ problems }) => problems)).toEqual([]);
    expect(ok).toBe(true);
    expect(new Set(rounds[0]!.faults.map(({ fault }) => nameOf(fault))).size).toBe(16);
  }, 240_000);
});
