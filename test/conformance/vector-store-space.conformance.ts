import { describe, expect, it } from '@jest/globals';
import { makeSighting, makeTemplate, vectorAt, withoutVector } from '../support/vector-records.js';
import { DIMENSION, type StoreBench } from './vector-store-backend.js';

export function spaceConformance(bench: StoreBench): void {
  describe('model spaces', () => {
    const at = (degrees: number, dimension = DIMENSION) => vectorAt(degrees, dimension);

    it('keeps all data when it is closed and opened again', async () => {
      const first = await bench.open();
      const [gone, kept] = [makeTemplate('gone', at(0)), makeTemplate('kept', at(10))];
      const [ann, bob] = ['ann', 'bob'].map((personId) =>
        makeSighting(personId, at(20), { personId }),
      );
      await first.upsertTemplates([gone, kept]);
      await first.upsertSightings([ann!, bob!]);
      await first.deleteTemplate('acme', gone.id);
      await first.forgetPerson('acme', 'bob');
      await bench.close(first);

      const second = await bench.open();
      const [found] = await second.searchTemplates([{ tenant: 'acme', vector: at(10), limit: 10 }]);
      expect(found?.map(({ item }) => item)).toEqual([withoutVector(kept)]);
      const { items } = await second.listSightings('acme', {}, { limit: 10 });
      expect(items).toHaveLength(2);
      expect(items).toEqual(
        expect.arrayContaining([withoutVector(ann!), withoutVector({ ...bob!, personId: null })]),
      );
    });

    it('refuses vectors of another dimension and writes nothing of their batch', async () => {
      const store = await bench.open();
      const mismatch = { code: 'SPACE_MISMATCH', class: 'quarantine' };
      const short = at(0, DIMENSION - 1);
      await expect(
        store.upsertTemplates([makeTemplate('right', at(0)), makeTemplate('wrong', short)]),
      ).rejects.toMatchObject(mismatch);
      await expect(
        store.upsertSightings([makeSighting('right', at(0)), makeSighting('wrong', short)]),
      ).rejects.toMatchObject(mismatch);
      await expect(
        store.searchTemplates([{ tenant: 'acme', vector: short, limit: 1 }]),
      ).rejects.toMatchObject(mismatch);
      await expect(store.searchSightings('acme', short, {}, 1)).rejects.toMatchObject(mismatch);
      expect(await store.listTemplates('acme', 'ann')).toEqual([]);
      const { items } = await store.listSightings('acme', {}, { limit: 10 });
      expect(items).toEqual([]);
    });

    it('refuses to open data of another dimension', async () => {
      await bench.close(await bench.open(DIMENSION));
      await expect(bench.open(DIMENSION * 2)).rejects.toMatchObject({ code: 'SPACE_MISMATCH' });
      await bench.close(await bench.open(DIMENSION));
    });

    it('is unavailable, not empty, before it is opened', async () => {
      const store = bench.backend.connect('never-opened@1+none', DIMENSION);
      await expect(store.listSightings('acme', {}, { limit: 1 })).rejects.toMatchObject({
        class: 'wait',
      });
    });
  });
}
