import { describe, expect, it } from '@jest/globals';
import { cosineScorer, normalisedScorer, normaliseWith } from './scorers.js';

/** Unit vector at an angle whose cosine to [1, 0] is given. */
const at = (cosine: number, side = 1) => Float32Array.of(cosine, side * Math.sqrt(1 - cosine ** 2));
const face = (embedding: Float32Array | null) => ({ person: 0, embedding });

describe('cosineScorer', () => {
  it('is the dot product of unit vectors', () => {
    expect(cosineScorer([face(at(1)), face(at(0.6))])(0, 1)).toBeCloseTo(0.6, 6);
  });
});

describe('normalisedScorer', () => {
  const settings = { top: 2, samePerson: 0.95, deviation: 0.1 };

  it('centres and scales by what each face has in common with strangers', () => {
    // Similarities to the strangers [1, 0] and [0, 1]: the first face has 0.8 and 0.6, the second 0 and 1.
    const cohort = [at(1), at(0)];
    const faces = [face(at(0.8)), face(at(0, 1))];
    // First: mean 0.7, variance 0.01. Second: one stranger beside itself is too few, so both count: mean
    // 0.5, variance 0.25. With the usual 0.01: deviations 0.1 and √0.13.
    const score = normalisedScorer(faces, { cohort, settings });
    expect(score(0, 0)).toBeCloseTo((1 - 0.7) / 0.1, 4);
    expect(score(0, 1)).toBeCloseTo(((0.6 - 0.7) / 0.1 + (0.6 - 0.5) / Math.sqrt(0.13)) / 2, 4);
  });

  it('passes over photographs without a face', () => {
    const score = normalisedScorer([face(at(1)), face(null), face(at(1))], {
      cohort: [at(0.5), at(0.3)],
      settings,
    });
    expect(score(0, 2)).toBeGreaterThan(0);
  });
});

describe('normaliseWith', () => {
  it('takes the usual deviation from the cohort itself, each member without its own face', () => {
    // Three strangers in a row: the outer ones see similarities 0.8 and 0.28, the middle one 0.8 twice.
    const cohort = [at(0.8), at(1), at(0.8, -1)];
    const { settings } = normaliseWith([...cohort, at(-1)], { top: 2, samePerson: 0.95 });
    // Best two: outer 0.8 and 0.28 (variance 0.26²) twice, middle 0.8 and 0.8; the fourth −0.8 and −0.8.
    expect(settings.deviation).toBeCloseTo(Math.sqrt((2 * 0.26 ** 2) / 4), 5);
  });

  it('refuses a cohort too small to pick the most alike from', () => {
    expect(() => normaliseWith([at(1), at(0), at(0.5)], { top: 2, samePerson: 0.9 })).toThrow(
      'has 3 strangers',
    );
  });
});
