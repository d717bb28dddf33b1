import { describe, expect, it } from '@jest/globals';
import { cohortStatistics, normalisedScore, usualDeviation } from './as-norm.js';

describe('cohortStatistics', () => {
  const all = { top: 100, samePerson: 2, deviation: 0.1 };

  it('is the mean of the highest similarities, and a deviation that is half theirs and half the typical one', () => {
    const { mean, deviation } = cohortStatistics([0.1, 0.5, 0.3, -0.9], { ...all, top: 3 })!;
    expect(mean).toBeCloseTo(0.3, 12);
    expect(deviation).toBeCloseTo(Math.sqrt((0.08 / 3 + 0.01) / 2), 12);
  });

  it('ignores members that are the same person', () => {
    const same = { ...all, top: 2, samePerson: 0.6 };
    const others = cohortStatistics([0.2, 0.3, 0.1], same);
    expect(cohortStatistics([0.2, 0.99, 0.6, 0.3, 0.1], same)).toEqual(others);
  });

  it('uses all members when there are fewer than `top`', () => {
    expect(cohortStatistics([0.2, 0.4], all)!.mean).toBeCloseTo(0.3, 12);
  });

  it.each([
    ['nobody', [], all],
    ['one stranger', [0.2], all],
    ['one stranger beside the person', [0.2, 0.9], { ...all, samePerson: 0.8 }],
  ])('is nothing with %s', (_, similarities, settings) => {
    expect(cohortStatistics(similarities, settings)).toBeNull();
  });

  it('keeps scores finite when all strangers are equally similar', () => {
    const statistics = cohortStatistics([0.2, 0.2, 0.2], all)!;
    expect(Number.isFinite(normalisedScore(0.9, statistics, statistics))).toBe(true);
  });
});

describe('usualDeviation', () => {
  const selection = { top: 3, samePerson: 0.9 };

  it('is the root of the mean variance of the faces with at least two strangers', () => {
    // Variances 0.01 and 0.03 of two each.
    const apart = 0.1 + 2 * Math.sqrt(0.03);
    const rows = [
      [0.2, 0.4],
      [0.1, apart],
      [0.5, 0.95],
    ];
    expect(usualDeviation(rows, selection)).toBeCloseTo(Math.sqrt(0.02), 12);
  });

  it('is never zero', () => {
    expect(usualDeviation([[0.5, 0.5]], selection)).toBeGreaterThan(0);
    expect(usualDeviation([], selection)).toBeGreaterThan(0);
  });
});

describe('normalisedScore', () => {
  const lonely = { mean: 0.1, deviation: 0.05 };
  const crowded = { mean: 0.4, deviation: 0.1 };

  it('is the mean of the two distances in standard deviations', () => {
    expect(normalisedScore(0.5, lonely, lonely)).toBeCloseTo(8, 12);
    expect(normalisedScore(0.5, crowded, crowded)).toBeCloseTo(1, 12);
    expect(normalisedScore(0.5, lonely, crowded)).toBeCloseTo(4.5, 12);
  });

  it('is symmetric', () => {
    expect(normalisedScore(0.3, lonely, crowded)).toBe(normalisedScore(0.3, crowded, lonely));
  });
});
