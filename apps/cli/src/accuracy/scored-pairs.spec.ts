import { describe, expect, it } from '@jest/globals';
import { pairsAmong, scoreAllPairs, type LabelledFace } from './scored-pairs.js';

const found = (person: number): LabelledFace => ({ person, embedding: Float32Array.of(1) });
const faceless = (person: number): LabelledFace => ({ person, embedding: null });
/** Tells which faces were compared. */
const score = (a: number, b: number) => 10 * a + b;

describe('scoreAllPairs', () => {
  it('compares every face with every other, once', () => {
    const pairs = scoreAllPairs([found(0), found(0), found(1), found(2)], 3, score);
    expect(pairs.genuine).toEqual({
      scores: Float32Array.of(10),
      first: Uint32Array.of(0),
      second: Uint32Array.of(0),
    });
    expect(pairs.impostor).toEqual({
      scores: Float32Array.of(20, 21, 30, 31, 32),
      first: Uint32Array.of(1, 1, 2, 2, 2),
      second: Uint32Array.of(0, 0, 0, 0, 1),
    });
    expect(pairs.facesOf).toEqual(Uint32Array.of(2, 1, 1));
  });

  it('never accepts a photograph without a face, and leaves it out among strangers', () => {
    const pairs = scoreAllPairs([found(0), faceless(0), found(1), faceless(2)], 3, score);
    expect(pairs.genuine.scores).toEqual(Float32Array.of(-Infinity));
    expect(pairs.impostor.scores).toEqual(Float32Array.of(20));
    expect(pairs.facesOf).toEqual(Uint32Array.of(1, 1, 0));
  });

  it('refuses more than fits in memory before it takes any', () => {
    const faces = Array.from({ length: 20_000 }, (_, person) => found(person));
    expect(() => scoreAllPairs(faces, 20_000, score)).toThrow(/at most 180000000/);
  });
});

describe('pairsAmong', () => {
  it('keeps the pairs both of whose people are among them', () => {
    const all = scoreAllPairs([found(0), found(0), found(1), found(2)], 3, score);
    const some = pairsAmong(all, (person) => person !== 1);
    expect(some.genuine.scores).toEqual(Float32Array.of(10));
    expect(some.impostor.scores).toEqual(Float32Array.of(30, 31));
    expect(some.facesOf).toEqual(Uint32Array.of(2, 0, 1));
  });
});
