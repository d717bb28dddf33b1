import { describe, expect, it } from '@jest/globals';
import { operatingPoints, pairsNeeded, shareAtLeast } from './operating-points.js';
import { type PairColumns } from './scored-pairs.js';

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
  it('accepts as many impostor pairs as the rate allows, and reports the true accept rate', () => {
    // 1 % of 1,024 allows ten. The eleventh has 1013/1024 = 0.98926, the tenth 0.99023: between 0.98975.
    const genuine = [0.5, 0.98925, 0.9899, 1];
    const [point] = operatingPoints(pairs(genuine, even), [0.01]);
    expect(point).toEqual({ falseAcceptRate: 0.01, threshold: 0.9898, trueAcceptRate: 0.5 });
    expect(shareAtLeast(Float32Array.from(even), point!.threshold)).toBe(10 / 1024);
  });

  it('accepts fewer when more impostor pairs share a score than the rate allows', () => {
    const tied = even.map((score, i) => (i < 900 ? score / 4 : 0.5));
    const [point] = operatingPoints(pairs([0.4, 0.6], tied), [0.01]);
    expect(point).toEqual({ falseAcceptRate: 0.01, threshold: 0.5001, trueAcceptRate: 0.5 });
  });

  it('leaves out rates with fewer than ten accepted impostor pairs', () => {
    expect(pairsNeeded(0.001)).toBe(10_000);
    const points = operatingPoints(pairs([1], even), [0.1, 0.01, 0.001]);
    expect(points.map(({ falseAcceptRate }) => falseAcceptRate)).toEqual([0.1, 0.01]);
    expect(operatingPoints(pairs([1], even.slice(0, 999)), [0.01])).toEqual([]);
  });

  it('is empty when there are no genuine pairs', () => {
    expect(operatingPoints(pairs([], even), [0.01])).toEqual([]);
  });
});
