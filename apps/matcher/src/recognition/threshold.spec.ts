import { describe, expect, it } from '@jest/globals';
import { type Calibration } from '#models/packs/manifest.js';
import {
  thresholdAt,
  samePersonSimilarity,
  thresholdSource,
  type CalibratedPack,
} from './threshold.js';

const MEASURED = [
  { falseAcceptRate: 0.01, threshold: 0.3 },
  { falseAcceptRate: 0.001, threshold: 0.38 },
  { falseAcceptRate: 0.0001, threshold: 0.44 },
];

describe('thresholdAt', () => {
  it.each([
    ['a measured rate gives its threshold', 0.001, 0.38, 'measured'],
    ['the strictest measured rate gives its threshold', 0.0001, 0.44, 'measured'],
    ['a rate between two measured ones is interpolated in log(rate)', 10 ** -2.5, 0.34, 'measured'],
    ['a stricter rate is extrapolated', 0.00001, 0.5, 'extrapolated'],
    ['a looser rate gives the loosest threshold', 0.2, 0.3, 'measured'],
  ])('%s', (_, rate, expected, basis) => {
    const threshold = thresholdAt(MEASURED, rate, 'cosine');
    expect(threshold.score).toBeCloseTo(expected, 10);
    expect(threshold.basis).toBe(basis);
  });

  it('does not depend on the order of the points', () => {
    const reversed = [...MEASURED].reverse();
    expect(thresholdAt(reversed, 0.0005, 'cosine')).toEqual(
      thresholdAt(MEASURED, 0.0005, 'cosine'),
    );
  });

  describe('with a single measured point', () => {
    const one = [{ falseAcceptRate: 0.005, threshold: 0.4 }];

    it.each(['cosine', 'as-norm'] as const)('uses it at its own rate (%s)', (metric) => {
      expect(thresholdAt(one, 0.005, metric)).toEqual({ score: 0.4, basis: 'measured' });
    });

    it('extrapolates from the rate of chance for cosine similarity', () => {
      expect(thresholdAt(one, 0.00005, 'cosine').score).toBeCloseTo(0.8, 10);
    });

    it('extrapolates by one standard deviation per factor of e for AS-norm', () => {
      expect(thresholdAt(one, 0.005 / Math.E ** 3, 'as-norm').score).toBeCloseTo(3.4, 10);
    });
  });
});

const COHORT = 'c0'.repeat(32);
const POINTS = points(0.4);
const GROUPS = [
  { name: 'north', genuinePairs: 1, impostorPairs: 1, points: points(0.5) },
  { name: 'south', genuinePairs: 1, impostorPairs: 1, points: points(0.6) },
];

function points(threshold: number): Calibration['points'] {
  return [{ falseAcceptRate: 0.001, threshold, falseAcceptInterval: [0, 1], trueAcceptRate: 1 }];
}

function calibration(rest: Partial<Calibration> = {}): Calibration {
  return {
    detector: 'finder',
    alignment: 'eyes',
    metric: 'cosine',
    cohort: null,
    data: 'made up',
    images: 1,
    people: 1,
    genuinePairs: 1,
    impostorPairs: 1,
    points: POINTS,
    groups: [],
    ...rest,
  };
}

function pack(calibrations: Calibration[], cohort: string | null = null): CalibratedPack {
  const point: [number, number] = [0, 0];
  return {
    name: 'net',
    calibrations,
    alignment: { template: 'eyes', points: [point, point, point, point, point] },
    normalisation:
      cohort === null
        ? null
        : {
            method: 'as-norm',
            top: 2,
            samePerson: 0.9,
            deviation: 0.1,
            cohort: { file: 'cohort.bin', sha256: cohort, size: 4, data: 'made up' },
          },
  };
}

const source = (model: CalibratedPack, group = 'all', score?: number) =>
  thresholdSource(model, { detector: 'finder', group, score });

describe('thresholdSource', () => {
  it('uses the calibration for the detector, metric and cohort', () => {
    const model = pack([calibration({ detector: 'other', points: points(0.1) }), calibration()]);
    expect(source(model)).toEqual({ kind: 'calibration', measured: [POINTS] });
    const normalised = calibration({ metric: 'as-norm', cohort: COHORT, points: points(5) });
    expect(source(pack([calibration(), normalised], COHORT))).toEqual({
      kind: 'calibration',
      measured: [normalised.points],
    });
  });

  it.each<[string, CalibratedPack]>([
    ['no calibration', pack([])],
    ['faces of another detector', pack([calibration({ detector: 'other' })])],
    ['another alignment', pack([calibration({ alignment: 'chin' })])],
    [
      'a calibration of normalised scores, but without normalisation',
      pack([calibration({ metric: 'as-norm' })]),
    ],
    ['a calibration of plain scores, but with normalisation', pack([calibration()], COHORT)],
    ['another cohort', pack([calibration({ metric: 'as-norm', cohort: 'd0'.repeat(32) })], COHORT)],
  ])('has no thresholds for a pack with %s, and says what to do', (_, model) => {
    const found = source(model);
    expect(found).toEqual({
      kind: 'none',
      problem: expect.stringMatching(/models calibrate net --images DIR.*MATCH_THRESHOLD/),
    });
    expect(source(model, 'all', 0.7)).toEqual({ kind: 'set', score: 0.7 });
  });

  it('uses MATCH_THRESHOLD instead of the calibration', () => {
    expect(source(pack([calibration()]), 'all', 0.7)).toEqual({ kind: 'set', score: 0.7 });
  });

  describe('with groups', () => {
    const labelled = pack([calibration({ groups: GROUPS })]);

    it.each([
      ['all', [POINTS]],
      ['south', [GROUPS[1]!.points]],
      ['strictest', [POINTS, GROUPS[0]!.points, GROUPS[1]!.points]],
    ])('uses the points of %s', (group, measured) => {
      expect(source(labelled, group)).toEqual({ kind: 'calibration', measured });
    });

    it.each([
      [labelled, 'west', /has the groups north, south/],
      [pack([calibration()]), 'strictest', /not labelled with groups/],
    ])('refuses a group that was not measured', (model, group, message) => {
      expect(() => source(model, group)).toThrow(
        expect.objectContaining({
          code: 'MATCH_GROUP_UNKNOWN',
          message: expect.stringMatching(message),
        }),
      );
    });
  });
});

describe('samePersonSimilarity', () => {
  const strict = [...points(0.4), ...points(0.55)];

  it.each<[string, CalibratedPack, number | undefined]>([
    ['the strictest threshold', pack([calibration({ points: strict })]), 0.55],
    ['the value of the normalisation', pack([calibration()], COHORT), 0.9],
    ['undefined for an uncalibrated pack', pack([]), undefined],
    ['undefined for faces of another detector', pack([calibration({ detector: 'x' })]), undefined],
  ])('is %s', (_, model, expected) => {
    expect(samePersonSimilarity(model, 'finder')).toBe(expected);
  });
});
