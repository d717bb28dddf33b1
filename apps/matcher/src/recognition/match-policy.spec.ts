import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { type DetectedFace } from '#shared/contracts/detected-face.js';
import { encodeEmbedding } from '#shared/contracts/embedding.js';
import { randomUnitVector } from '../../../../test/support/vector-records.js';
import {
  decide,
  type MatchPolicy,
  type Probe,
  probeOf,
  type RankedPerson,
} from './match-policy.js';
import { requiredScore, type Threshold } from './threshold.js';

const THRESHOLD: Threshold = { score: 0.5, basis: 'measured' };
const RULES = { margin: 0.05 };
const VECTOR = randomUnitVector(seededRandom(1), 8);
const DETECTED: DetectedFace = {
  faceId: 'f'.repeat(32),
  box: { x: 10, y: 20, width: 80, height: 100 },
  landmarks: [
    [30, 50],
    [70, 50],
    [50, 70],
    [35, 95],
    [65, 95],
  ],
  detectionScore: 0.9,
  quality: 0.8,
  embedding: encodeEmbedding(VECTOR),
};
const FACE: Probe = probeOf(DETECTED, VECTOR.length);

function person(personId: string, score: number): RankedPerson {
  return { personId, score };
}

describe('decide', () => {
  it.each<[string, RankedPerson[], string | null, string | null, string | null]>([
    ['nobody is enrolled', [], null, null, 'empty-gallery'],
    ['the best score is below the threshold', [person('a', 0.49)], null, 'a', 'below-threshold'],
    ['the score is the threshold', [person('a', 0.5)], 'a', null, null],
    ['every other person is far below', [person('a', 0.8), person('b', 0.3)], 'a', 'b', null],
    ['the lead is the margin', [person('a', 0.75), person('b', 0.7)], 'a', 'b', null],
    [
      'another person is within the margin',
      [person('a', 0.7), person('b', 0.66)],
      null,
      'a',
      'ambiguous',
    ],
    [
      'another person is within the margin but below the threshold',
      [person('a', 0.5), person('b', 0.49)],
      null,
      'a',
      'ambiguous',
    ],
  ])('decides when %s', (_, people, named, runnerUp, reason) => {
    const decision = decide({ face: FACE, people, threshold: THRESHOLD }, RULES);
    expect(decision.person?.personId ?? null).toBe(named);
    expect(decision.runnerUp?.personId ?? null).toBe(runnerUp);
    expect(decision.reason).toBe(reason);
  });

  it('names nobody without a threshold, and reports the best person as the runner-up', () => {
    const people = [person('a', 1)];
    expect(decide({ face: FACE, people, threshold: null }, RULES)).toEqual({
      person: null,
      runnerUp: person('a', 1),
      reason: 'uncalibrated',
    });
    const empty = decide({ face: FACE, people: [], threshold: null }, RULES);
    expect(empty.reason).toBe('uncalibrated');
  });
});

describe('the margin', () => {
  // Sums of powers of two, which a binary number holds exactly.
  const rules = { margin: 0.125 };

  it.each([
    ['exactly the margin', 0.625, 'a', null],
    ['a little less', 0.625 + 2 ** -20, null, 'ambiguous'],
    ['a little more', 0.625 - 2 ** -20, 'a', null],
  ])('decides about a lead of %s', (_, second, named, reason) => {
    const people = [person('a', 0.75), person('b', second)];
    const decision = decide({ face: FACE, people, threshold: THRESHOLD }, rules);
    expect(decision.person?.personId ?? null).toBe(named);
    expect(decision.reason).toBe(reason);
  });
});

describe('probeOf', () => {
  it('decodes the embedding and keeps everything else of the face', () => {
    const { embedding, ...rest } = DETECTED;
    expect(FACE).toEqual({ ...rest, vector: VECTOR });
    expect(() => probeOf({ ...DETECTED, embedding }, 9)).toThrow(
      expect.objectContaining({ code: 'EMBEDDING_INVALID' }),
    );
  });
});

describe('requiredScore', () => {
  const ALL = [
    { falseAcceptRate: 0.001, threshold: 0.4 },
    { falseAcceptRate: 0.0001, threshold: 0.5 },
  ];
  const policy = (source: MatchPolicy['source']) => ({ metric: 'cosine', source }) as const;
  const calibrated = policy({ kind: 'calibration', measured: [ALL] });

  it('rises with the number of templates', () => {
    const scores = [1, 2, 5, 20, 100].map((n) => requiredScore(calibrated, 0.001, n)!.score);
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(new Set(scores).size).toBe(scores.length);
  });

  it('gives each comparison an equal share of the rate', () => {
    const ten = requiredScore(calibrated, 0.001, 10)!;
    expect(ten.score).toBeCloseTo(0.5, 10);
    expect(ten.basis).toBe('measured');
    const hundred = requiredScore(calibrated, 0.001, 100)!;
    expect(hundred.score).toBeCloseTo(0.6, 10);
    expect(hundred.basis).toBe('extrapolated');
  });

  it('is the same for an empty gallery and for one template', () => {
    expect(requiredScore(calibrated, 0.001, 0)).toEqual(requiredScore(calibrated, 0.001, 1));
  });

  it('uses the strictest group, which may differ from rate to rate', () => {
    // A higher threshold at the loose rate, but a smaller slope.
    const group = [
      { falseAcceptRate: 0.001, threshold: 0.45 },
      { falseAcceptRate: 0.0001, threshold: 0.47 },
    ];
    const both = policy({ kind: 'calibration', measured: [ALL, group] });
    expect(requiredScore(both, 0.001, 1)!.score).toBeCloseTo(0.45, 10);
    expect(requiredScore(both, 0.001, 10)!.score).toBeCloseTo(0.5, 10);
  });

  it('returns the score of MATCH_THRESHOLD at every rate and gallery size', () => {
    const set = { score: 0.3, basis: 'set' };
    expect(requiredScore(policy({ kind: 'set', score: 0.3 }), 0.001, 1_000)).toEqual(set);
  });

  it('is null without a calibration', () => {
    expect(requiredScore(policy({ kind: 'none', problem: 'x' }), 0.001, 1)).toBeNull();
  });
});
