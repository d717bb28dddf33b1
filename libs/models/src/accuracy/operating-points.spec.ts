import { describe, expect, it } from '@jest/globals';
import { operatingPoints, pairsNeeded, shareAtLeast, PeopleBootstrap } from './operating-points.js';
import { type PairColumns, scoreAllPairs, type ScoredPairs } from './scored-pairs.js';

function columns(scores: readonly number[]): PairColumns {
  const people = new Uint32Array(scores.length);
  return { scores: Float32Array.from(scores), first: people, second: people };
}

function pairs(genuine: readonly number[], impostor: readonly number[]) {
  return {
    genuine: columns(genuine),
    impostor: columns(impostor),
    facesOf: new Uint32Array(1),
  };
}

/** 0, 1/1024, … 1023/1024. */
const even = Array.from({ length: 1024 }, (_, i) => i / 1024);

describe('operatingPoints', () => {
  it('accepts as many strangers as the rate allows, and says how many of the same person', () => {
    // 1 % of 1,024 allows ten. The eleventh has 1013/1024 = 0.98926, the tenth 0.99023: between 0.98975.
    const genuine = [0.5, 0.98925, 0.9899, 1];
    const [point] = operatingPoints(pairs(genuine, even), [0.01]);
    expect(point).toEqual({ falseAcceptRate: 0.01, threshold: 0.9898, trueAcceptRate: 0.5 });
    expect(shareAtLeast(Float32Array.from(even), point!.threshold)).toBe(10 / 1024);
  });

  it('accepts fewer when more strangers have the same score than the rate allows', () => {
    const tied = even.map((score, i) => (i < 900 ? score / 4 : 0.5));
    const [point] = operatingPoints(pairs([0.4, 0.6], tied), [0.01]);
    expect(point).toEqual({ falseAcceptRate: 0.01, threshold: 0.5001, trueAcceptRate: 0.5 });
  });

  it('leaves out rates that would rest on fewer than ten strangers', () => {
    expect(pairsNeeded(0.001)).toBe(10_000);
    const points = operatingPoints(pairs([1], even), [0.1, 0.01, 0.001]);
    expect(points.map(({ falseAcceptRate }) => falseAcceptRate)).toEqual([0.1, 0.01]);
    expect(operatingPoints(pairs([1], even.slice(0, 999)), [0.01])).toEqual([]);
  });

  it('has none when nobody is photographed twice', () => {
    expect(operatingPoints(pairs([], even), [0.01])).toEqual([]);
  });
});

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
  it('draws people, and with them their pairs', () => {
    // Of 256 ways to draw four people, 81 have neither of the two who are alike, and 14 nobody else: then
    // every pair of strangers is theirs.
    const bootstrap = new PeopleBootstrap(strangers(4, [[0, 1]]));
    expect(bootstrap.falseAcceptInterval(1)).toEqual([0, 1]);
  });

  it('is less sure when one person is in all accepted pairs', () => {
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

  it('bounds a rate of 0 by the pairs that share nobody', () => {
    // Wilson: 3.8416 / (20 + 3.8416)
    const [low, high] = new PeopleBootstrap(strangers(40, [])).falseAcceptInterval(1);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.16113, 5);
  });

  it('bounds a rate of 1 by the people', () => {
    // Wilson: 10 / (10 + 3.8416)
    const [low, high] = new PeopleBootstrap(
      bootstrapPairs(Array<number>(10).fill(1)),
    ).trueAcceptInterval(1);
    expect(low).toBeCloseTo(0.72246, 5);
    expect(high).toBe(1);
  });

  it('covers the share of same-person pairs, tighter with more people', () => {
    const few = new PeopleBootstrap(bootstrapPairs([1, 1, 1, 0])).trueAcceptInterval(1);
    const many = new PeopleBootstrap(
      bootstrapPairs(Array.from({ length: 400 }, (_, i) => Number(i % 4 > 0))),
    ).trueAcceptInterval(1);
    // Binomial: 0.75 ± 1.96 · √(0.75 · 0.25 / 400) = 0.75 ± 0.042
    expect(Math.abs(many[0] - 0.708)).toBeLessThan(0.01);
    expect(Math.abs(many[1] - 0.792)).toBeLessThan(0.01);
    expect(width(few)).toBeGreaterThan(5 * width(many));
  });

  it('takes the mean of any value of same-person pairs', () => {
    const bootstrap = new PeopleBootstrap(bootstrapPairs([0, 0, 0, 0]));
    expect(bootstrap.meanGenuineInterval(() => -1)).toEqual([-1, -1]);
    expect(bootstrap.meanGenuineInterval(() => 0)).toEqual([0, 0]);
  });

  it('gives the same interval every time', () => {
    const interval = () => new PeopleBootstrap(strangers(9, [[0, 1]])).falseAcceptInterval(1);
    expect(interval()).toEqual(interval());
  });
});
