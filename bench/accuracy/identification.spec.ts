import { describe, expect, it } from '@jest/globals';
import { identify } from './identification.js';

const SINGLES = 60;
const face = (person: number) => ({ person, embedding: Float32Array.of(1) });
/** Two people with two photographs each, and many with one. */
const faces = [
  face(0),
  face(0),
  face(1),
  face(1),
  ...Array.from({ length: SINGLES }, (_, i) => face(2 + i)),
];

/** Scores of the two people's photographs; each other one has its number in hundredths with anybody. */
function scorer(table: Readonly<Record<string, number>>) {
  return (a: number, b: number) => {
    const [low, high] = a < b ? [a, b] : [b, a];
    return high >= 4 ? (high - 4) / 100 : table[`${low} ${high}`]!;
  };
}

describe('identify', () => {
  it('enrols the first photographs, and identifies the others among unknown probes', () => {
    const score = scorer({ '0 1': 0.8, '2 3': 0.3, '0 2': 0.1, '0 3': 0.2, '1 2': 0.1, '1 3': 0 });
    expect(identify(faces, score, 1)).toEqual({
      enrolled: 2,
      templates: 2,
      knownProbes: 2,
      unknownProbes: 64,
      rank1: 1,
      // Ten percent of 64 are six, with 0.54 to 0.59: 0.8 gets its name, 0.3 does not.
      points: [{ falsePositiveRate: 0.1, falseNegativeRate: 0.5 }],
    });
  });

  it('misses a probe if another person has a higher score', () => {
    const score = scorer({ '0 1': 0.8, '2 3': 0.9, '0 2': 0.1, '0 3': 0.95, '1 2': 0.1, '1 3': 0 });
    const { rank1, points } = identify(faces, score, 1);
    expect(rank1).toBe(0.5);
    expect(points[0]!.falseNegativeRate).toBe(0.5);
  });

  it('uses the best of several templates, and enrols only people with a photograph left', () => {
    const more = [...faces.slice(0, 2), face(0), ...faces.slice(2)];
    const found = identify(more, (a, b) => (a + b === 3 && a < 3 && b < 3 ? 0.9 : 0.1), 2);
    expect(found).toMatchObject({ enrolled: 1, templates: 2, knownProbes: 1, rank1: 1 });
  });

  it('misses a known probe without a face, and leaves out an unknown one', () => {
    const gaps = faces.map((one, i) => ([1, 10].includes(i) ? { ...one, embedding: null } : one));
    const score = scorer({ '2 3': 0.9, '0 2': 0.1, '0 3': 0 });
    const found = identify(gaps, score, 1);
    expect(found).toMatchObject({ knownProbes: 2, unknownProbes: 62, rank1: 0.5 });
  });
});
