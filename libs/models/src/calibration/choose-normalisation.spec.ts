import { describe, expect, it } from '@jest/globals';
import { scoreAllPairs } from '../accuracy/scored-pairs.js';
import { chooseNormalisation, normalisationGain } from './choose-normalisation.js';

/** Unit vectors that point anywhere, the same every time. */
function vectors(count: number, seed: number): Float32Array[] {
  return Array.from({ length: count }, (_, n) => {
    const raw = Array.from({ length: 8 }, (_, i) => Math.sin((n + 1) * (i + 1) * seed));
    const length = Math.hypot(...raw);
    return Float32Array.from(raw, (value) => value / length);
  });
}

const cohort = vectors(8, 12.9898).map((embedding) => ({ person: null, embedding }));
const trials = vectors(40, 78.233).flatMap((embedding, n) =>
  [1, 2].map((number) => {
    return { person: `p${n}`, file: `p${n}/${number}.jpg`, embedding, refused: null };
  }),
);
const choose = (normalise: boolean | undefined, top = 3, strangers = cohort) =>
  chooseNormalisation({ cohort: strangers, trials }, { top, normalise }, () => null);

describe('chooseNormalisation', () => {
  it('does not normalise when it is switched off, without measuring', () => {
    expect(choose(false)).toEqual({ on: false, reason: 'switched off by an option', gain: null });
  });

  it('normalises when it is switched on, with its own thresholds', () => {
    const choice = choose(true);
    if (!choice.on) throw new Error(choice.reason);
    expect(choice).toMatchObject({ images: 80, people: 40 });
    expect(choice.normalisation.settings).toMatchObject({ top: 3, samePerson: 0.7 });
    expect(choice.calibrated.measured).toMatchObject({ genuinePairs: 40, impostorPairs: 3120 });
  });

  it('does not normalise when it does not accept more genuine pairs', () => {
    const choice = choose(undefined);
    expect(choice).toMatchObject({ on: false, gain: { cosine: 1 } });
  });

  it('does not normalise with too few strangers, and throws when it is switched on', () => {
    const few = cohort.slice(0, 5);
    expect(choose(undefined, 3, few)).toMatchObject({
      on: false,
      reason:
        'normalisation needs a cohort of 6 strangers, but there are 5; give more with --cohort',
    });
    expect(() => choose(true, 3, few)).toThrow('the cohort has 5 strangers');
  });
});

/** 40 people with two faces each; same-person pairs have a score, strangers' pairs lie evenly below 0.5. */
function pairs(sameScore: (person: number) => number) {
  const faces = Array.from({ length: 80 }, (_, i) => {
    return { person: i >> 1, embedding: Float32Array.of(1) };
  });
  return scoreAllPairs(faces, 40, (a, b) =>
    a >> 1 === b >> 1 ? sameScore(a >> 1) : ((a * 80 + b) % 1000) / 2000,
  );
}

describe('normalisationGain', () => {
  it('is the difference at the strictest rate, pair by pair', () => {
    // Before, every other person is accepted; afterwards all but four: 30 gained, none lost.
    const gain = normalisationGain(
      pairs((person) => (person % 2 === 0 ? 0.9 : 0.1)),
      pairs((person) => (person < 4 ? 0.1 : 0.9)),
    )!;
    expect(gain).toMatchObject({ falseAcceptRate: 0.01, cosine: 0.5, normalised: 0.9 });
    expect(gain.interval[0]).toBeGreaterThan(0);
    expect(gain.interval[0]).toBeLessThan(0.4);
    expect(gain.interval[1]).toBeGreaterThan(0.4);
  });

  it('is zero when nothing changes', () => {
    const same = pairs(() => 0.9);
    expect(normalisationGain(same, same)!.interval).toEqual([0, 0]);
  });
});
