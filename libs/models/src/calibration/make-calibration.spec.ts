import { describe, expect, it } from '@jest/globals';
import { scoreAllPairs } from '../accuracy/scored-pairs.js';
import { calibrate } from './make-calibration.js';

/**
 * People with two faces each. Two of one person score 1; of strangers the score depends on who has the
 * higher number.
 */
function pairs(people: number) {
  const faces = Array.from({ length: 2 * people }, (_, i) => {
    return { person: i >> 1, embedding: Float32Array.of(1) };
  });
  return scoreAllPairs(faces, people, (a, b) => (a >> 1 === b >> 1 ? 1 : (a >> 1) / 1024));
}

describe('calibrate', () => {
  it('gives a threshold for each rate with enough impostor pairs', () => {
    // 32 people make 4 · 496 = 1,984 pairs of strangers; 1 % allows 19 of them, and the person with the
    // highest number is in 124 with the highest score: none of those may pass.
    const { measured, groups, leftOut } = calibrate(pairs(32), () => null)!;
    expect(measured).toMatchObject({ genuinePairs: 32, impostorPairs: 1984 });
    expect(measured.points).toHaveLength(1);
    const [point] = measured.points;
    expect(point).toMatchObject({ falseAcceptRate: 0.01, trueAcceptRate: 1 });
    expect(point!.threshold).toBeGreaterThan(31 / 1024);
    expect(point!.threshold).toBeLessThan(32 / 1024);
    // Nobody accepted, among 16 pairs that share nobody: 3.8416 / 19.8416
    expect(point!.falseAcceptInterval).toEqual([0, 0.194]);
    expect({ groups, leftOut }).toEqual({ groups: [], leftOut: [] });
  });

  it('does the same within each group, and reports groups that are too small', () => {
    const groupOf = (person: number) => (person < 24 ? 'large' : person < 30 ? 'small' : null);
    const { groups, leftOut } = calibrate(pairs(32), groupOf)!;
    expect(groups.map(({ name, impostorPairs }) => [name, impostorPairs])).toEqual([
      ['large', 4 * 276],
    ]);
    expect(groups[0]!.points[0]!.threshold).toBeLessThan(24 / 1024);
    expect(leftOut).toEqual(['small']);
  });

  it('is null when there are too few impostor pairs for any rate', () => {
    expect(calibrate(pairs(22), () => null)).toBeNull();
  });
});
