import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { cohortStatistics } from '#models/scoring/as-norm.js';
import { cosine, randomUnitVector } from '../../../../test/support/vector-records.js';
import { type Cohort, type CohortQuery } from '../vectors/vector-store.port.js';
import { CohortSearch } from './cohort-statistics.js';

const DIMENSION = 8;
const SETTINGS = { top: 10, samePerson: 0.95, deviation: 0.1 };

const random = seededRandom(3);
const face = () => randomUnitVector(random, DIMENSION);
const strangers = (size: number): Cohort => ({
  sha256: 'a'.repeat(64),
  vectors: Array.from({ length: size }, face),
});

/** A store that searches exactly, records its searches, and can lose its cohort. */
class ExactStore {
  readonly searches: number[] = [];
  lost = false;
  losing = false;
  private vectors: readonly Float32Array[] = [];

  async putCohort(cohort: Cohort | null): Promise<void> {
    this.lost = this.losing;
    this.vectors = cohort?.vectors ?? [];
    return Promise.resolve();
  }

  async searchCohort(_: string, queries: readonly CohortQuery[]): Promise<number[][]> {
    this.searches.push(queries.length);
    return Promise.resolve(
      queries.map(({ vector, limit }) => {
        const all = this.lost ? [] : this.vectors.map((stranger) => cosine(vector, stranger));
        return all.toSorted((a, b) => b - a).slice(0, limit);
      }),
    );
  }
}

async function searchOf(cohort: Cohort, settings = SETTINGS) {
  const store = new ExactStore();
  await store.putCohort(cohort);
  return { store, search: new CohortSearch(store, cohort, settings) };
}

function expected({ vectors }: Cohort, vector: Float32Array) {
  const similarities = vectors.map((stranger) => cosine(vector, stranger));
  return cohortStatistics(similarities, SETTINGS);
}

describe('CohortSearch', () => {
  it('computes the same statistics as a comparison with the whole cohort, in one search for many faces', async () => {
    const cohort = strangers(100);
    const { store, search } = await searchOf(cohort);
    const faces = Array.from({ length: 50 }, face);
    const found = await Promise.all(faces.map((vector) => search.statistics(vector)));
    expect(found).toEqual(faces.map((vector) => expected(cohort, vector)));
    expect(store.searches).toEqual([50]);
  });

  it('computes the same statistics for a person with many images in the cohort', async () => {
    const [self, other] = [face(), face()];
    const { vectors } = strangers(100);
    const cohort = {
      sha256: 'b'.repeat(64),
      vectors: [...vectors, ...Array<Float32Array>(30).fill(self)],
    };
    const { store, search } = await searchOf(cohort);
    const found = await Promise.all([search.statistics(self), search.statistics(other)]);
    expect(found).toEqual([expected(cohort, self), expected(cohort, other)]);
    expect(store.searches).toEqual([2, 1]);
  });

  it('uses the whole cohort for a face that is similar to all of it', async () => {
    const self = face();
    const { search } = await searchOf({ sha256: 'c'.repeat(64), vectors: [self, self, self] });
    expect((await search.statistics(self)).mean).toBeCloseTo(1, 5);
  });

  it('works with a cohort that is smaller than `top`', async () => {
    const cohort = strangers(5);
    const { search } = await searchOf(cohort);
    const vector = face();
    expect(await search.statistics(vector)).toEqual(expected(cohort, vector));
  });

  it('has another normalisation id for other settings', async () => {
    const cohort = strangers(5);
    const changes = [{}, { top: 4 }, { samePerson: 0.9 }, { deviation: 0.2 }];
    const names = changes.map(
      async (change) => (await searchOf(cohort, { ...SETTINGS, ...change })).search.normalisation,
    );
    expect(new Set(await Promise.all(names)).size).toBe(4);
  });

  it('stores a deleted cohort again, and fails when it is deleted again at once', async () => {
    const cohort = strangers(50);
    const { store, search } = await searchOf(cohort);
    const vector = face();
    store.lost = true;
    expect(await search.statistics(vector)).toEqual(expected(cohort, vector));
    store.lost = true;
    store.losing = true;
    await expect(search.statistics(vector)).rejects.toMatchObject({
      code: 'VECTOR_STORE_UNAVAILABLE',
      class: 'wait',
    });
  });
});
