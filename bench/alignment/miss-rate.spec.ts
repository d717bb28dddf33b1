import { describe, expect, it } from '@jest/globals';
import { scoreAllPairs } from '#models/accuracy/scored-pairs.js';
import { compareHalves, missRate, missRatesOfHalves } from './miss-rate.js';

const PEOPLE = 40;

/** People with two faces each: one in four of them scores as strangers do, below the others. */
function people(same: number) {
  const faces = Array.from({ length: 2 * PEOPLE }, (_, i) => {
    return { person: Math.floor(i / 2), embedding: Float32Array.of(1) };
  });
  return scoreAllPairs(faces, PEOPLE, (a, b) => {
    const person = Math.floor(a / 2);
    if (person !== Math.floor(b / 2)) return (a * 1000 + b) / 1e6;
    return person % 4 === 0 ? 0 : same;
  });
}

describe('missRate', () => {
  it('is the share of pairs that score no higher than rejected strangers', () => {
    expect(missRate(people(1))).toBeCloseTo(0.25, 6);
    expect(missRate(people(0))).toBe(1);
  });
});

describe('missRatesOfHalves', () => {
  it('divides the people in the same way every time', () => {
    const halves = missRatesOfHalves(people(1));
    expect(missRatesOfHalves(people(1))).toEqual(halves);
    const means = halves.map(([one, other]) => (one + other) / 2);
    for (const mean of means) expect(Math.abs(mean - 0.25)).toBeLessThan(0.1);
    expect(halves.some(([one, other]) => one !== other)).toBe(true);
  });
});

describe('compareHalves', () => {
  it('counts the divisions in which both halves agree', () => {
    const other = [0.2, 0.2] as const;
    const one = [
      [0.1, 0.1],
      [0.1, 0.1],
      [0.3, 0.3],
      [0.1, 0.3],
    ] as const;
    expect(compareHalves(one, [other, other, other, other])).toEqual({ fewer: 0.5, more: 0.25 });
  });
});
