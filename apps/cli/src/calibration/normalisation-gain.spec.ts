import { describe, expect, it } from '@jest/globals';
import { scoreAllPairs } from '../accuracy/scored-pairs.js';
import { normalisationGain } from './normalisation-gain.js';

/** 40 people with two faces each; same-person pairs have a score, strangers' pairs lie evenly below 0.5. */
function pairs(sameScore: (person: number) => number) {
  const faces = Array.from({ length: 80 }, (_, i) => {
    return { person: i >> 1, embedding: Float32Array.of(1) };
  });
  return scoreAllPairs(faces, 40, (a, b) =>
    a >> 1 === b >> 1 ? sameScore(a >> 1) : ((a * 80 + b) % 1000) / 2000,
  );
}

describe('normalisationGain', () => {
  it('is the difference at the strictest rate, pair by pair', () => {
    // Before, every other person is accepted; afterwards all but four: 30 gained, none lost.
    const gain = normalisationGain(
      pairs((person) => (person % 2 === 0 ? 0.9 : 0.1)),
      pairs((person) => (person < 4 ? 0.1 : 0.9)),
    )!;
    expect(gain).toMatchObject({ falseAcceptRate: 0.01, cosine: 0.5, normalised: 0.9 });
    expect(gain.interval[0]).toBeGreaterThan(0);
    expect(gain.interval[0]).toBeLessThan(0.4);
    expect(gain.interval[1]).toBeGreaterThan(0.4);
  });

  it('is nothing where nothing changes', () => {
    const same = pairs(() => 0.9);
    expect(normalisationGain(same, same)!.interval).toEqual([0, 0]);
  });
});
