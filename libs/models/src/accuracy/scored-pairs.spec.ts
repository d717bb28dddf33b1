import { describe, expect, it } from '@jest/globals';
import {
  pairsAmong,
  scoreAllPairs,
  type LabelledFace,
  cosineScorer,
  normalisedScorer,
  normaliseWith,
} from './scored-pairs.js';

const found = (person: number): LabelledFace => ({ person, embedding: Float32Array.of(1) });
const faceless = (person: number): LabelledFace => ({ person, embedding: null });
/** Tells which faces were compared. */
const score = (a: number, b: number) => 10 * a + b;

describe('scoreAllPairs', () => {
  it('scores every pair of faces once', () => {
    const pairs = scoreAllPairs([found(0), found(0), found(1), found(2)], 3, score);
    expect(pairs.genuine).toEqual({
      scores: Float32Array.of(10),
      first: Uint32Array.of(0),
      second: Uint32Array.of(0),
    });
    expect(pairs.impostor).toEqual({
      scores: Float32Array.of(20, 21, 30, 31, 32),
      first: Uint32Array.of(1, 1, 2, 2, 2),
      second: Uint32Array.of(0, 0, 0, 0, 1),
    });
    expect(pairs.facesOf).toEqual(Uint32Array.of(2, 1, 1));
  });

  it('never accepts a photograph without a face, and ignores it in impostor pairs', () => {
    const pairs = scoreAllPairs([found(0), faceless(0), found(1), faceless(2)], 3, score);
    expect(pairs.genuine.scores).toEqual(Float32Array.of(-Infinity));
    expect(pairs.impostor.scores).toEqual(Float32Array.of(20));
    expect(pairs.facesOf).toEqual(Uint32Array.of(1, 1, 0));
  });

  it('rejects more pairs than fit in memory before it allocates any', () => {
    const faces = Array.from({ length: 20_000 }, (_, person) => found(person));
    expect(() => scoreAllPairs(faces, 20_000, score)).toThrow(/at most 180000000/);
  });
});

describe('pairsAmong', () => {
  it('keeps pairs in which both people are selected', () => {
    const all = scoreAllPairs([found(0), found(0), found(1), found(2)], 3, score);
    const some = pairsAmong(all, (person) => person !== 1);
    expect(some.genuine.scores).toEqual(Float32Array.of(10));
    expect(some.impostor.scores).toEqual(Float32Array.of(30, 31));
    expect(some.facesOf).toEqual(Uint32Array.of(2, 0, 1));
  });
});

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

  it('centres and scales by the similarities of each face to strangers', () => {
    // Similarities to the strangers [1, 0] and [0, 1]: the first face has 0.8 and 0.6, the second 0 and 1.
    const cohort = [at(1), at(0)];
    const faces = [face(at(0.8)), face(at(0, 1))];
    // First: mean 0.7, variance 0.01. Second: one stranger beside itself is too few, so both count: mean
    // 0.5, variance 0.25. With the usual 0.01: deviations 0.1 and √0.13.
    const score = normalisedScorer(faces, { cohort, settings });
    expect(score(0, 0)).toBeCloseTo((1 - 0.7) / 0.1, 4);
    expect(score(0, 1)).toBeCloseTo(((0.6 - 0.7) / 0.1 + (0.6 - 0.5) / Math.sqrt(0.13)) / 2, 4);
  });

  it('skips photographs without a face', () => {
    const score = normalisedScorer([face(at(1)), face(null), face(at(1))], {
      cohort: [at(0.5), at(0.3)],
      settings,
    });
    expect(score(0, 2)).toBeGreaterThan(0);
  });
});

describe('normaliseWith', () => {
  it('measures the typical deviation on the cohort itself, each member without its own face', () => {
    // Three strangers in a row: the outer ones see similarities 0.8 and 0.28, the middle one 0.8 twice.
    const cohort = [at(0.8), at(1), at(0.8, -1)];
    const { settings } = normaliseWith([...cohort, at(-1)], { top: 2, samePerson: 0.95 });
    // Best two: outer 0.8 and 0.28 (variance 0.26²) twice, middle 0.8 and 0.8; the fourth −0.8 and −0.8.
    expect(settings.deviation).toBeCloseTo(Math.sqrt((2 * 0.26 ** 2) / 4), 5);
  });

  it('rejects a cohort that is too small to select from', () => {
    expect(() => normaliseWith([at(1), at(0), at(0.5)], { top: 2, samePerson: 0.9 })).toThrow(
      'has 3 strangers',
    );
  });
});
