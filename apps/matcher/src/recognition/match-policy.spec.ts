import { describe, expect, it } from '@jest/globals';
import { decide, type MatchPolicy, type RankedPerson } from './match-policy.js';
import { type Threshold, requiredScore } from './threshold.js';

const THRESHOLD: Threshold = { score: 0.5, basis: 'measured' };
const MARGIN = 0.05;

function person(personId: string, score: number): RankedPerson {
  return { personId, score };
}

describe('decide', () => {
  it.each<[string, RankedPerson[], string | null, string | null, string | null]>([
    ['nobody is enrolled', [], null, null, 'empty-gallery'],
    ['the best score is below the threshold', [person('a', 0.49)], null, 'a', 'below-threshold'],
    ['the score is the threshold', [person('a', 0.5)], 'a', null, null],
    ['nobody else comes near', [person('a', 0.8), person('b', 0.3)], 'a', 'b', null],
    ['the lead is the margin', [person('a', 0.75), person('b', 0.7)], 'a', 'b', null],
    ['another person is too near', [person('a', 0.7), person('b', 0.66)], null, 'a', 'ambiguous'],
    [
      'a near rival is itself too low',
      [person('a', 0.5), person('b', 0.49)],
      null,
      'a',
      'ambiguous',
    ],
  ])('when %s', (_, people, named, runnerUp, reason) => {
    const decision = decide(people, THRESHOLD, MARGIN);
    expect(decision.person?.personId ?? null).toBe(named);
    expect(decision.runnerUp?.personId ?? null).toBe(runnerUp);
    expect(decision.reason).toBe(reason);
  });

  it('names nobody without a threshold, however alike, and says who was nearest', () => {
    expect(decide([person('a', 1)], null, MARGIN)).toEqual({
      person: null,
      runnerUp: person('a', 1),
      reason: 'uncalibrated',
    });
    expect(decide([], null, MARGIN).reason).toBe('uncalibrated');
  });
});

describe('requiredScore', () => {
  const ALL = [
    { falseAcceptRate: 0.001, threshold: 0.4 },
    { falseAcceptRate: 0.0001, threshold: 0.5 },
  ];
  const policy = (source: MatchPolicy['source']) => ({ metric: 'cosine', source }) as const;
  const calibrated = policy({ kind: 'calibration', measured: [ALL] });

  it('rises with every template, so that more of them give a stranger no better chance', () => {
    const scores = [1, 2, 5, 20, 100].map((n) => requiredScore(calibrated, 0.001, n)!.score);
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(new Set(scores).size).toBe(scores.length);
  });

  it('holds each comparison to its part of the rate', () => {
    const ten = requiredScore(calibrated, 0.001, 10)!;
    expect(ten.score).toBeCloseTo(0.5, 10);
    expect(ten.basis).toBe('measured');
    const hundred = requiredScore(calibrated, 0.001, 100)!;
    expect(hundred.score).toBeCloseTo(0.6, 10);
    expect(hundred.basis).toBe('extrapolated');
  });

  it('is the same for an empty gallery as for one template', () => {
    expect(requiredScore(calibrated, 0.001, 0)).toEqual(requiredScore(calibrated, 0.001, 1));
  });

  it('takes the group that needs the highest score at the rate, which may change with it', () => {
    // Higher at loose rates, but with the gentler slope.
    const group = [
      { falseAcceptRate: 0.001, threshold: 0.45 },
      { falseAcceptRate: 0.0001, threshold: 0.47 },
    ];
    const both = policy({ kind: 'calibration', measured: [ALL, group] });
    expect(requiredScore(both, 0.001, 1)!.score).toBeCloseTo(0.45, 10);
    expect(requiredScore(both, 0.001, 10)!.score).toBeCloseTo(0.5, 10);
  });

  it('is what was set, whatever the rate and the gallery', () => {
    const set = { score: 0.3, basis: 'set' };
    expect(requiredScore(policy({ kind: 'set', score: 0.3 }), 0.001, 1_000)).toEqual(set);
  });

  it('is nothing without a calibration', () => {
    expect(requiredScore(policy({ kind: 'none', problem: 'x' }), 0.001, 1)).toBeNull();
  });
});
