import { describe, expect, it } from '@jest/globals';
import {
  bestThreshold,
  cosinePairScorer,
  type FoldedScore,
  kFoldAccuracy,
  normalisedPairScorer,
  pairScores,
} from './pair-scores.js';

const at = (cosine: number, side = 1) => Float32Array.of(cosine, side * Math.sqrt(1 - cosine ** 2));
const photograph = (person: string, embedding: Float32Array | null) => {
  return { person, file: `${person}.jpg`, embedding, refused: null };
};
const photographs = [photograph('a', at(1)), photograph('b', at(0.6)), photograph('c', null)];

describe('pairScores', () => {
  it('scores pairs, and returns null for pairs without two faces', () => {
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

function fold(
  number: number,
  same: readonly (number | null)[],
  different: readonly (number | null)[],
) {
  return [
    ...same.map((score): FoldedScore => ({ score, same: true, fold: number })),
    ...different.map((score): FoldedScore => ({ score, same: false, fold: number })),
  ];
}

describe('kFoldAccuracy', () => {
  it('uses the threshold of the other folds for each fold', () => {
    // Folds 1 and 2 are parted at 0.5 to 0.7, fold 0 at 0.2 to 0.3: with the others' threshold, 0.6 or
    // halfway, it is half wrong; they are right with each other's.
    const pairs = [
      ...fold(0, [0.3, 0.8], [0.1, 0.2]),
      ...fold(1, [0.7, 0.9], [0.4, 0.5]),
      ...fold(2, [0.7, 0.9], [0.4, 0.5]),
    ];
    // 3/4, 1, 1: mean 11/12; deviation of the three 0.1443, over √3.
    const { accuracy, standardError, folds, pairs: count } = kFoldAccuracy(pairs);
    expect(accuracy).toBeCloseTo(11 / 12, 12);
    expect(standardError).toBeCloseTo(1 / 12, 12);
    expect([folds, count]).toEqual([3, 12]);
  });

  it('counts pairs without two faces as wrong', () => {
    const pairs = [...fold(0, [0.9, null], [0.1, null]), ...fold(1, [0.9, 0.9], [0.1, 0.1])];
    expect(kFoldAccuracy(pairs).accuracy).toBe(0.75);
  });
});

describe('bestThreshold', () => {
  it('lies in the middle between the scores that it separates', () => {
    expect(bestThreshold(fold(0, [0.75, 1], [0, 0.25]))).toBe(0.5);
  });

  it('lies in the middle of equally good thresholds', () => {
    // From 0.2 to 0.4 and from 0.6 to 0.8 one of five is wrong.
    expect(bestThreshold(fold(0, [0.4, 0.8, 0.9], [0.2, 0.6]))).toBeCloseTo(0.5, 12);
  });
});
