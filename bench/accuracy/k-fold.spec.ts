import { describe, expect, it } from '@jest/globals';
import { bestThreshold, kFoldAccuracy, type FoldedScore } from './k-fold.js';

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
  it('decides each fold with the threshold of the others', () => {
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

  it('tells pairs without two faces wrong, whichever they are', () => {
    const pairs = [...fold(0, [0.9, null], [0.1, null]), ...fold(1, [0.9, 0.9], [0.1, 0.1])];
    expect(kFoldAccuracy(pairs).accuracy).toBe(0.75);
  });
});

describe('bestThreshold', () => {
  it('lies in the middle between the scores that it parts', () => {
    expect(bestThreshold(fold(0, [0.75, 1], [0, 0.25]))).toBe(0.5);
  });

  it('lies in the middle of all that are as good', () => {
    // From 0.2 to 0.4 and from 0.6 to 0.8 one of five is wrong.
    expect(bestThreshold(fold(0, [0.4, 0.8, 0.9], [0.2, 0.6]))).toBeCloseTo(0.5, 12);
  });
});
