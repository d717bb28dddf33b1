import { describe, expect, it } from '@jest/globals';
import { decide, requiredScore, type MatchPolicy, type RankedPerson } from './match-policy.js';

const POLICY: MatchPolicy = {
  measured: [
    { falseAcceptRate: 0.001, threshold: 0.4 },
    { falseAcceptRate: 0.0001, threshold: 0.5 },
  ],
  falseAcceptRate: 0.0001,
  margin: 0.05,
};

function person(personId: string, score: number, templates = 1): RankedPerson {
  return { personId, score, templates };
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
    ['ten templates and one lucky hit', [person('a', 0.55, 10)], null, 'a', 'below-threshold'],
    ['ten templates and a clear hit', [person('a', 0.62, 10)], 'a', null, null],
    [
      'the best misses its bar of many templates, a lesser one passes',
      [person('a', 0.58, 10), person('b', 0.51)],
      null,
      'a',
      'ambiguous',
    ],
  ])('when %s', (_, people, named, runnerUp, reason) => {
    const decision = decide(people, POLICY);
    expect(decision.person?.personId ?? null).toBe(named);
    expect(decision.runnerUp?.personId ?? null).toBe(runnerUp);
    expect(decision.reason).toBe(reason);
  });

  it('tells the score that the best person had to reach', () => {
    expect(decide([person('a', 0.9)], POLICY).threshold).toBeCloseTo(0.5, 10);
    expect(decide([person('a', 0.9, 10)], POLICY).threshold).toBeCloseTo(0.6, 10);
  });
});

describe('requiredScore', () => {
  it('rises with every template, so that more tries give a stranger no better chance', () => {
    const bars = [1, 2, 5, 20, 100].map((templates) => requiredScore(POLICY, templates));
    expect(bars).toEqual([...bars].sort((a, b) => a - b));
    expect(new Set(bars).size).toBe(bars.length);
  });

  it('is the same for a person without templates as for one', () => {
    expect(requiredScore(POLICY, 0)).toBe(requiredScore(POLICY, 1));
  });
});
