import { describe, expect, it } from '@jest/globals';
import { cosinePairScorer, normalisedPairScorer, pairScores } from './pair-scores.js';

const at = (cosine: number, side = 1) => Float32Array.of(cosine, side * Math.sqrt(1 - cosine ** 2));
const photograph = (person: string, embedding: Float32Array | null) => {
  return { person, file: `${person}.jpg`, embedding, refused: null };
};
const photographs = [photograph('a', at(1)), photograph('b', at(0.6)), photograph('c', null)];

describe('pairScores', () => {
  it('scores pairs, and has none for those without two faces', () => {
    const pairs = [
      { first: 0, second: 1, same: false, fold: 3 },
      { first: 1, second: 2, same: true, fold: 4 },
    ];
    const [found, faceless] = pairScores(pairs, photographs, cosinePairScorer);
    expect(found).toMatchObject({ same: false, fold: 3 });
    expect(found!.score).toBeCloseTo(0.6, 6);
    expect(faceless).toEqual({ score: null, same: true, fold: 4 });
  });
});

describe('normalisedPairScorer', () => {
  it('leaves the people of the pair out of the cohort', () => {
    const strangers = [
      { person: null, embedding: at(0) },
      { person: 'x', embedding: at(0, -1) },
    ];
    const own = { person: 'a', embedding: at(0.8) };
    const settings = { top: 2, samePerson: 0.9, deviation: 0.1 };
    const [a, b] = photographs as [(typeof photographs)[0] & { embedding: Float32Array }, never];
    const without = normalisedPairScorer(strangers, settings)(a, b);
    expect(normalisedPairScorer([...strangers, own], settings)(a, b)).toBe(without);
    // Of a: 0 and 0. Of b: 0.8 and −0.8.
    expect(without).toBeCloseTo((0.6 / (0.1 / Math.SQRT2) + 0.6 / Math.sqrt(0.65 / 2)) / 2, 4);
  });
});
