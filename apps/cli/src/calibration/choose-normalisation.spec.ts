import { describe, expect, it } from '@jest/globals';
import { chooseNormalisation } from './choose-normalisation.js';

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
  it('leaves it off as asked, without measuring', () => {
    expect(choose(false)).toEqual({ on: false, reason: 'as asked', gain: null });
  });

  it('turns it on as asked, with thresholds of its own', () => {
    const choice = choose(true);
    if (!choice.on) throw new Error(choice.reason);
    expect(choice).toMatchObject({ images: 80, people: 40 });
    expect(choice.normalisation.settings).toMatchObject({ top: 3, samePerson: 0.7 });
    expect(choice.calibrated.measured).toMatchObject({ genuinePairs: 40, impostorPairs: 3120 });
  });

  it('leaves it off when it accepts no more of the same person', () => {
    const choice = choose(undefined);
    expect(choice).toMatchObject({ on: false, gain: { cosine: 1 } });
  });

  it('leaves it off when there are too few strangers, and refuses when it was asked for', () => {
    const few = cohort.slice(0, 5);
    expect(choose(undefined, 3, few)).toMatchObject({
      on: false,
      reason: 'it takes a cohort of 6 strangers, there are 5; name more with --cohort',
    });
    expect(() => choose(true, 3, few)).toThrow('the cohort has 5 strangers');
  });
});
