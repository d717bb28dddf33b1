import { describe, expect, it } from '@jest/globals';
import { PeopleBootstrap } from './people-bootstrap.js';
import { scoreAllPairs, type ScoredPairs } from './scored-pairs.js';

type Accepted = readonly (readonly [number, number])[];

/** People with one face each, whose pairs score 1 when they are accepted and 0 when not. */
function strangers(people: number, accepted: Accepted): ScoredPairs {
  const faces = Array.from({ length: people }, (_, person) => {
    return { person, embedding: Float32Array.of(1) };
  });
  const isAccepted = (a: number, b: number) => accepted.some(([x, y]) => x === a && y === b);
  return scoreAllPairs(faces, people, (a, b) => Number(isAccepted(a, b) || isAccepted(b, a)));
}

/** People with two faces each, whose pair has the score. */
function bootstrapPairs(scores: readonly number[]): ScoredPairs {
  const faces = scores.flatMap((_, person) =>
    [1, 2].map(() => ({ person, embedding: Float32Array.of(1) })),
  );
  return scoreAllPairs(faces, scores.length, (a) => scores[faces[a]!.person]!);
}

function width([low, high]: readonly [number, number]): number {
  return high - low;
}

describe('PeopleBootstrap', () => {
  it('resamples people together with their pairs', () => {
    // Of 256 ways to draw four people, 81 have neither of the two who are alike, and 14 nobody else: then
    // every pair of strangers is theirs.
    const bootstrap = new PeopleBootstrap(strangers(4, [[0, 1]]));
    expect(bootstrap.falseAcceptInterval(1)).toEqual([0, 1]);
  });

  it('gives a wider interval when one person is in all accepted pairs', () => {
    const apart = Array.from({ length: 20 }, (_, i) => [2 * i, 2 * i + 1] as const);
    const oneHub = Array.from({ length: 20 }, (_, i) => [0, i + 1] as const);
    const spread = new PeopleBootstrap(strangers(40, apart)).falseAcceptInterval(1);
    const hub = new PeopleBootstrap(strangers(40, oneHub)).falseAcceptInterval(1);
    const rate = 20 / 780;
    for (const [low, high] of [spread, hub]) {
      expect(low).toBeLessThan(rate);
      expect(high).toBeGreaterThan(rate);
    }
    expect(width(hub)).toBeGreaterThan(2 * width(spread));
  });

  it('bounds a rate of 0 by the number of pairs without common people', () => {
    // Wilson: 3.8416 / (20 + 3.8416)
    const [low, high] = new PeopleBootstrap(strangers(40, [])).falseAcceptInterval(1);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.16113, 5);
  });

  it('bounds a rate of 1 by the number of people', () => {
    // Wilson: 10 / (10 + 3.8416)
    const [low, high] = new PeopleBootstrap(
      bootstrapPairs(Array<number>(10).fill(1)),
    ).trueAcceptInterval(1);
    expect(low).toBeCloseTo(0.72246, 5);
    expect(high).toBe(1);
  });

  it('covers the true accept rate, more narrowly with more people', () => {
    const few = new PeopleBootstrap(bootstrapPairs([1, 1, 1, 0])).trueAcceptInterval(1);
    const many = new PeopleBootstrap(
      bootstrapPairs(Array.from({ length: 400 }, (_, i) => Number(i % 4 > 0))),
    ).trueAcceptInterval(1);
    // Binomial: 0.75 ± 1.96 · √(0.75 · 0.25 / 400) = 0.75 ± 0.042
    expect(Math.abs(many[0] - 0.708)).toBeLessThan(0.01);
    expect(Math.abs(many[1] - 0.792)).toBeLessThan(0.01);
    expect(width(few)).toBeGreaterThan(5 * width(many));
  });

  it('estimates the mean of any value of genuine pairs', () => {
    const bootstrap = new PeopleBootstrap(bootstrapPairs([0, 0, 0, 0]));
    expect(bootstrap.meanGenuineInterval(() => -1)).toEqual([-1, -1]);
    expect(bootstrap.meanGenuineInterval(() => 0)).toEqual([0, 0]);
  });

  it('always gives the same interval', () => {
    const interval = () => new PeopleBootstrap(strangers(9, [[0, 1]])).falseAcceptInterval(1);
    expect(interval()).toEqual(interval());
  });
});
