import { describe, expect, it } from '@jest/globals';
import { givenCohort, unnamedCohort, sampleCohort } from './cohort.js';

/** Unit vectors along an axis of their own. */
function photograph(person: string, axis: number | null, number = 1) {
  const embedding =
    axis === null ? null : Float32Array.from({ length: 12 }, (_, i) => +(i === axis));
  return { person, file: `${person}/${number}.jpg`, embedding, refused: null };
}

const photographs = [
  photograph('two', 0, 1),
  photograph('two', 1, 2),
  photograph('one', 2),
  photograph('another', 3),
  photograph('faceless', null),
  photograph('half', 4, 1),
  photograph('half', null, 2),
];
const names = (list: readonly { readonly person: string | null }[]) =>
  [...new Set(list.map(({ person }) => person))].sort();

describe('sampleCohort', () => {
  it('takes people with one photograph, and excludes them from the trials', () => {
    const { cohort, trials } = sampleCohort(photographs, 10);
    expect(names(cohort)).toEqual(['another', 'one']);
    expect(names(trials)).toEqual(['faceless', 'half', 'two']);
  });

  it('takes at most the given number, always the same people; the others stay in the trials', () => {
    const { cohort, trials } = sampleCohort(photographs, 1);
    expect(cohort).toHaveLength(1);
    expect(sampleCohort(photographs, 1).cohort).toEqual(cohort);
    expect(names([...cohort, ...trials])).toEqual(names(photographs));
    expect(names(trials)).not.toContain(cohort[0]!.person);
  });
});

describe('givenCohort', () => {
  it('takes one face of each stranger, and excludes people of the same name from the trials', () => {
    const strangers = [photograph('x', 7, 1), photograph('x', 8, 2), photograph('two', 9)];
    const { cohort, trials } = givenCohort(photographs, strangers, 10);
    expect(names(cohort)).toEqual(['two', 'x']);
    expect(cohort).toHaveLength(2);
    expect(names(trials)).toEqual(['another', 'faceless', 'half', 'one']);
  });
});

describe('unnamedCohort', () => {
  it('finds its people by equal photographs', () => {
    const unknown = photograph('nobody', 11).embedding!;
    const { cohort, trials } = unnamedCohort(photographs, [photographs[1]!.embedding!, unknown]);
    expect(cohort.map(({ person }) => person)).toEqual(['two', null]);
    expect(names(trials)).toEqual(['another', 'faceless', 'half', 'one']);
  });
});
