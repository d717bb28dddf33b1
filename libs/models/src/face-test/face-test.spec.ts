import { describe, expect, it } from '@jest/globals';
import { separationOf, similaritiesAcross } from './face-test.js';

describe('separationOf', () => {
  it('counts comparisons in which the genuine pair scores higher; a tie does not count', () => {
    expect(separationOf([0.9, 0.5], [0.1, 0.5, 0.6])).toEqual({ comparisons: 6, right: 4 });
  });
});

describe('similaritiesAcross', () => {
  it('compares the faces of every two people once, and never those of one person', () => {
    const [x, y, z] = [
      [1, 0],
      [0, 1],
      [0.6, 0.8],
    ].map((values) => Float32Array.from(values));
    const found = similaritiesAcross([[x!, x!], [y!], [z!]]);
    expect(found.map((value) => value.toFixed(1))).toEqual(['0.0', '0.0', '0.6', '0.6', '0.8']);
  });
});
