import { describe, expect, it } from '@jest/globals';
import { mostAlike } from './calibrate-pack.js';

const columns = {
  scores: Float32Array.of(0.25, 0.5, 0.75, 0.5, 0.125),
  first: Uint32Array.of(0, 1, 0, 2, 2),
  second: Uint32Array.of(1, 2, 1, 0, 1),
};

describe('mostAlike', () => {
  it('lists each pair of people once, with its highest score, highest first', () => {
    expect(mostAlike(columns, 2)).toEqual([
      { first: 0, second: 1, score: 0.75 },
      { first: 1, second: 2, score: 0.5 },
    ]);
    expect(mostAlike(columns, 9)).toHaveLength(3);
  });
});
