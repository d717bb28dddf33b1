import { describe, expect, it } from '@jest/globals';
import { thresholdAt } from './threshold.js';

const MEASURED = [
  { falseAcceptRate: 0.01, threshold: 0.3 },
  { falseAcceptRate: 0.001, threshold: 0.38 },
  { falseAcceptRate: 0.0001, threshold: 0.44 },
];

describe('thresholdAt', () => {
  it.each([
    ['a measured rate is taken as measured', 0.001, 0.38],
    ['the strictest measured rate is taken as measured', 0.0001, 0.44],
    ['between two rates the line in log(rate) is followed', 10 ** -2.5, 0.34],
    ['past the strictest rate its line goes on', 0.00001, 0.5],
    ['a rate looser than all measured gets the loosest threshold', 0.2, 0.3],
  ])('%s', (_, rate, expected) => {
    expect(thresholdAt(MEASURED, rate)).toBeCloseTo(expected, 10);
  });

  it('does not depend on the order of the points', () => {
    expect(thresholdAt([...MEASURED].reverse(), 0.0005)).toBe(thresholdAt(MEASURED, 0.0005));
  });

  it('goes on from chance when a single point was measured', () => {
    const one = [{ falseAcceptRate: 0.005, threshold: 0.4 }];
    expect(thresholdAt(one, 0.005)).toBe(0.4);
    expect(thresholdAt(one, 0.00005)).toBeCloseTo(0.8, 10);
  });
});
