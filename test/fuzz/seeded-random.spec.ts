import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from './seeded-random.js';

describe('SeededRandom', () => {
  it('gives the same values for the same seed, and others for another seed', () => {
    const draw = (seed: number) => new SeededRandom(seed).bytes(64).toString('hex');
    expect(draw(7)).toBe(draw(7));
    expect(draw(7)).not.toBe(draw(8));
  });

  it('gives each value below the limit and no other', () => {
    const random = new SeededRandom(1);
    const seen = new Set(Array.from({ length: 1_000 }, () => random.below(5)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  });
});
