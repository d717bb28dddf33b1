import { describe, expect, it } from '@jest/globals';
import { thresholdAt } from './threshold.js';

const MEASURED = [
  { falseAcceptRate: 0.01, threshold: 0.3 },
  { falseAcceptRate: 0.001, threshold: 0.38 },
  { falseAcceptRate: 0.0001, threshold: 0.44 },
];

describe('thresholdAt', () => {
  it.each([
    ['a measured rate is taken as measured', 0.001, 0.38, 'measured'],
    ['the strictest measured rate is taken as measured', 0.0001, 0.44, 'measured'],
    ['between two rates the line in log(rate) is followed', 10 ** -2.5, 0.34, 'measured'],
    ['past the strictest rate its line goes on', 0.00001, 0.5, 'extrapolated'],
    ['a rate looser than all measured gets the loosest threshold', 0.2, 0.3, 'measured'],
  ])('%s', (_, rate, expected, basis) => {
    const threshold = thresholdAt(MEASURED, rate, 'cosine');
    expect(threshold.score).toBeCloseTo(expected, 10);
    expect(threshold.basis).toBe(basis);
  });

  it('does not depend on the order of the points', () => {
    const reversed = [...MEASURED].reverse();
    expect(thresholdAt(reversed, 0.0005, 'cosine')).toEqual(
      thresholdAt(MEASURED, 0.0005, 'cosine'),
    );
  });

  describe('with a single measured point', () => {
    const one = [{ falseAcceptRate: 0.005, threshold: 0.4 }];

    it.each(['cosine', 'as-norm'] as const)('takes it as measured (%s)', (metric) => {
      expect(thresholdAt(one, 0.005, metric)).toEqual({ score: 0.4, basis: 'measured' });
    });

    it('goes on from chance in cosine similarity', () => {
      expect(thresholdAt(one, 0.00005, 'cosine').score).toBeCloseTo(0.8, 10);
    });

    it('goes on by one standard deviation per e-fold in AS-norm', () => {
      expect(thresholdAt(one, 0.005 / Math.E ** 3, 'as-norm').score).toBeCloseTo(3.4, 10);
    });
  });
});
