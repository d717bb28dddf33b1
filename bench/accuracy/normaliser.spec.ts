import { describe, expect, it } from '@jest/globals';
import { normaliserFor } from './normaliser.js';

const DIMENSION = 200;

function photograph(person: string, axis: number, number = 1) {
  const embedding = new Float32Array(DIMENSION);
  embedding[axis] = 1;
  return { person, file: `${person}/${number}.jpg`, embedding, refused: null };
}

const singles = Array.from({ length: 130 }, (_, i) => photograph(`single ${i}`, i));
const twice = [photograph('twice', 150, 1), photograph('twice', 151, 2)];
const photographs = [...singles, ...twice];

describe('normaliserFor', () => {
  it('samples the people with one photograph, or half of them', () => {
    const all = normaliserFor(photographs, { kind: 'sampled' })!;
    expect(all.normalisation.cohort).toHaveLength(130);
    expect(all.trials).toEqual(twice);
    const half = normaliserFor(photographs, { kind: 'sampled' }, 0.5)!;
    expect(half.normalisation.cohort).toHaveLength(65);
    expect(half.trials).toHaveLength(67);
  });

  it('returns null for too few people', () => {
    expect(normaliserFor(photographs.slice(100), { kind: 'sampled' })).toBeNull();
    expect(normaliserFor(photographs, { kind: 'given', strangers: twice })).toBeNull();
  });

  it("uses a pack's cohort and settings unchanged", () => {
    const cohort = [singles[0]!.embedding];
    const settings = { top: 5, samePerson: 0.6, deviation: 0.2 };
    const found = normaliserFor(photographs, { kind: 'pack', cohort, settings })!;
    expect(found.normalisation).toEqual({ cohort, settings });
    expect(found.trials).toEqual(photographs.slice(1));
  });
});
