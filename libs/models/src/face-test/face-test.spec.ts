import { describe, expect, it } from '@jest/globals';
import { separationOf, similaritiesAcross } from './face-test.js';

describe('separationOf', () => {
  it('counts the comparisons that the same person wins; a draw is none', () => {
    expect(separationOf([0.9, 0.5], [0.1, 0.5, 0.6])).toEqual({ comparisons: 6, right: 4 });
  });
});

describe('similaritiesAcross', () => {
  it('compares the faces of every two people once, and nobody with themselves', () => {
    const [x, y, z] = [
      [1, 0],
      [0, 1],
      [0.6, 0.8],
    ].map((values) => Float32Array.from(values));
    const found = similaritiesAcross([[x!, x!], [y!], [z!]]);
    expect(found.map((value) => value.toFixed(1))).toEqual(['0.0', '0.0', '0.6', '0.6', '0.8']);
  });
});
