import { beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { type Cohort, type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { cosine, makeTemplate, randomUnitVector } from '../support/vector-records.js';
import { DIMENSION, type StoreBench } from './vector-store-backend.js';

export function cohortConformance(bench: StoreBench): void {
  describe('cohort', () => {
    let store: VectorStore;
    beforeEach(async () => {
      store = await bench.open();
    });
    const random = seededRandom(17);
    const face = () => randomUnitVector(random, DIMENSION);
    const cohort = (name: string, size: number): Cohort => ({
      sha256: name.repeat(64).slice(0, 64),
      vectors: Array.from({ length: size }, face),
    });
    const search = async ({ sha256 }: Cohort, vector: Float32Array, limit: number) =>
      (await store.searchCohort(sha256, [{ vector, limit }]))[0]!;

    it('finds the same largest similarities as a comparison with every stranger', async () => {
      const strangers = cohort('a', 700);
      await store.putCohort(strangers);
      const queries = [1, 40, 44, 700, 900].map((limit) => ({ vector: face(), limit }));
      const found = await store.searchCohort(strangers.sha256, queries);
      expect(found).toHaveLength(queries.length);
      queries.forEach(({ vector, limit }, i) => {
        const expected = strangers.vectors
          .map((stranger) => cosine(vector, stranger))
          .toSorted((a, b) => b - a)
          .slice(0, limit);
        expect(found[i]).toHaveLength(expected.length);
        found[i]!.forEach((score, rank) => expect(score).toBeCloseTo(expected[rank]!, 5));
      });
      expect(await store.searchCohort(strangers.sha256, [])).toEqual([]);
    });

    it('can be stored again without a change, also concurrently', async () => {
      const strangers = cohort('a', 300);
      await Promise.all([store.putCohort(strangers), store.putCohort(strangers)]);
      await store.putCohort(strangers);
      expect(await search(strangers, face(), 1_000)).toHaveLength(300);
    });

    it('replaces the previous cohort, whose searches are then empty', async () => {
      const [before, after] = [cohort('a', 20), cohort('b', 30)];
      await store.putCohort(before);
      await store.putCohort(after);
      expect(await search(before, face(), 100)).toEqual([]);
      expect(await search(after, face(), 100)).toHaveLength(30);
      await store.putCohort(before);
      expect(await search(before, face(), 100)).toHaveLength(20);
      expect(await search(after, face(), 100)).toEqual([]);
    });

    it('can be deleted, also when there is none', async () => {
      await store.putCohort(null);
      const strangers = cohort('a', 20);
      await store.putCohort(strangers);
      await store.putCohort(null);
      expect(await search(strangers, face(), 100)).toEqual([]);
      await store.putCohort(strangers);
      expect(await search(strangers, face(), 100)).toHaveLength(20);
    });

    it('is separate from the gallery', async () => {
      const strangers = cohort('a', 20);
      await store.putCohort(strangers);
      const vector = face();
      await store.upsertTemplates([makeTemplate('one', vector)]);
      const [found] = await store.searchTemplates([{ tenant: 'acme', vector, limit: 100 }]);
      expect(found).toHaveLength(1);
      expect(await search(strangers, vector, 100)).toHaveLength(20);
    });

    it('is still stored after the store is opened again', async () => {
      const strangers = cohort('a', 20);
      await store.putCohort(strangers);
      await bench.close(store);
      store = await bench.open();
      expect(await search(strangers, face(), 100)).toHaveLength(20);
    });

    it('refuses embeddings of another dimension, and keeps the stored cohort', async () => {
      const strangers = cohort('a', 20);
      await store.putCohort(strangers);
      const mismatch = { code: 'SPACE_MISMATCH', class: 'quarantine' };
      const short = randomUnitVector(random, DIMENSION - 1);
      const wrong = { sha256: 'b'.repeat(64), vectors: [face(), short] };
      await expect(store.putCohort(wrong)).rejects.toMatchObject(mismatch);
      await expect(search(strangers, short, 1)).rejects.toMatchObject(mismatch);
      expect(await search(strangers, face(), 100)).toHaveLength(20);
    });
  });
}
