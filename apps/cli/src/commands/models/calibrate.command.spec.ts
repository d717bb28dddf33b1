import { describe, expect, it } from '@jest/globals';
import { embeddingManifestSchema } from '#models/packs/manifest.js';
import { frFeature } from '#models/published/default-packs.js';
import { describeCalibration } from './calibrate.command.js';

const manifest = embeddingManifestSchema.parse(frFeature.manifest);
const measured = {
  genuinePairs: 12,
  impostorPairs: 20_000,
  points: [
    {
      falseAcceptRate: 0.001,
      threshold: 0.34,
      falseAcceptInterval: [0.0004, 0.0016] as [number, number],
      trueAcceptRate: 0.98,
    },
  ],
};
const photograph = { person: 'Bo', file: 'Bo/1.jpg', embedding: null, refused: 'IMAGE_DAMAGED' };

describe('describeCalibration', () => {
  const text = describeCalibration({
    manifest,
    detector: 'rfb320-68',
    photographs: [photograph],
    people: ['Bo', 'Di'],
    mostAlike: [{ first: 1, second: 0, score: 0.61 }],
    cosine: { measured, groups: [{ name: 'north', ...measured }], leftOut: ['south'] },
    choice: {
      on: false,
      reason: 'no more of the same person are accepted, beyond chance',
      gain: { falseAcceptRate: 0.001, cosine: 0.98, normalised: 0.975, interval: [-0.01, 0.003] },
    },
  });

  it('gives the probability of a false accept in a gallery: 1 − 0.999ⁿ', () => {
    expect(text).toMatch(
      /all +0\.1 % +0\.04 % to 0\.16 % +0\.34 +98\.0 % +9\.52 % +63\.2 % +100 %/,
    );
    expect(text).toMatch(/north +0\.1 %/);
  });

  it('says what was not measured, and which photographs have no usable face', () => {
    expect(text).toContain('Bo/1.jpg (IMAGE_DAMAGED)');
    expect(text).toContain('(check that they are not the same person): Di and Bo (0.610)');
    expect(text).toContain('not measured: a rate of 0.01 % needs 100,000 pairs of strangers');
    expect(text).toContain('not measured: group south has too few pairs');
  });

  it('says whether scores are normalised, and why', () => {
    expect(text).toContain('not normalised: no more of the same person');
    expect(text).toContain(
      '98.0 % of pairs of the same person are accepted by cosine similarity, 97.5 %',
    );
    expect(text).toContain('-1.0 to +0.3 percentage points');
  });
});
