import { beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';
import {
  cosine,
  ids,
  makeTemplate,
  randomUnitVector,
  vectorAt,
  withoutVector,
} from '../support/vector-records.js';
import { DIMENSION, type StoreBench } from './vector-store-backend.js';

export function templateConformance(bench: StoreBench): void {
  describe('templates', () => {
    let store: VectorStore;
    beforeEach(async () => {
      store = await bench.open();
    });
    const at = (degrees: number) => vectorAt(degrees, DIMENSION);

    it('returns a template as it was written', async () => {
      const template = makeTemplate('one', at(30), { personId: 'Zoë 🙂', quality: 0.123456789 });
      await store.upsertTemplates([template]);
      const [found, ...others] = await store.listTemplates('acme', 'Zoë 🙂');
      expect(others).toEqual([]);
      expect(withoutVector(found!)).toEqual(withoutVector(template));
      expect(cosine(found!.vector, template.vector)).toBeCloseTo(1, 5);
      expect(ArrayBuffer.isView(found!.vector)).toBe(true);
      expect(found!.vector).toHaveLength(DIMENSION);
    });

    it('replaces a template that is written again', async () => {
      await store.upsertTemplates([makeTemplate('one', at(0)), makeTemplate('two', at(90))]);
      await store.upsertTemplates([makeTemplate('one', at(45), { personId: 'bob', quality: 1 })]);
      expect(await store.listTemplates('acme', 'ann')).toHaveLength(1);
      const [[best, second, ...others]] = await search1(store, 'acme', at(45), 10);
      expect(best?.item).toMatchObject({ personId: 'bob', quality: 1 });
      expect(best?.score).toBeCloseTo(1, 5);
      expect(second?.item.personId).toBe('ann');
      expect(others).toEqual([]);
    });

    it('keeps the last of two writes of a template in one call', async () => {
      const template = makeTemplate('one', at(0));
      await store.upsertTemplates([template, { ...template, quality: 0.9, vector: at(60) }]);
      const [[found, ...others]] = await search1(store, 'acme', at(60), 10);
      expect(others).toEqual([]);
      expect(found?.item.quality).toBe(0.9);
      expect(found?.score).toBeCloseTo(1, 5);
    });

    it('finds the most similar templates of each query, best first', async () => {
      const degrees = [0, 20, 50, 90, 180];
      await store.upsertTemplates(degrees.map((d) => makeTemplate(`at ${d}`, at(d))));
      const found = await store.searchTemplates([
        { tenant: 'acme', vector: at(0), limit: 3 },
        { tenant: 'acme', vector: at(90), limit: 1 },
        { tenant: 'acme', vector: at(180), limit: 100 },
      ]);
      const keys = found.map((list) => list.map(({ item }) => item.image.key.split(' ')[1]));
      expect(keys).toEqual([['0', '20', '50'], ['90'], ['180', '90', '50', '20', '0']]);
      const opposite = found[2]!.map(({ score }) => score);
      expect(opposite[0]).toBeCloseTo(1, 5);
      expect(opposite[1]).toBeCloseTo(0, 5);
      expect(opposite[4]).toBeCloseTo(-1, 5);
    });

    it('returns an empty list for each query of an empty gallery, and no list without queries', async () => {
      const query = { tenant: 'acme', vector: at(0), limit: 5 };
      expect(await store.searchTemplates([query, query])).toEqual([[], []]);
      expect(await store.searchTemplates([])).toEqual([]);
      expect(await store.listTemplates('acme', 'ann')).toEqual([]);
      await store.upsertTemplates([]);
      await store.deleteTemplate('acme', makeTemplate('never written', at(0)).id);
    });

    it('does not show the templates of other tenants', async () => {
      const mine = makeTemplate('mine', at(0));
      const theirs = makeTemplate('theirs', at(0), { tenant: 'acme-2' });
      await store.upsertTemplates([mine, theirs]);
      const [found, others, nobody] = await store.searchTemplates(
        ['acme', 'acme-2', 'acm'].map((tenant) => ({ tenant, vector: at(0), limit: 10 })),
      );
      expect(found?.map(({ item }) => item.id)).toEqual([mine.id]);
      expect(others?.map(({ item }) => item.id)).toEqual([theirs.id]);
      expect(nobody).toEqual([]);
      expect(ids(await store.listTemplates('acme', 'ann'))).toEqual([mine.id]);
      expect(await store.countTemplates('acme', ['ann'])).toEqual(new Map([['ann', 1]]));
      await store.deleteTemplate('acme', theirs.id);
      expect(ids(await store.listTemplates('acme-2', 'ann'))).toEqual([theirs.id]);
    });

    it("lists a person's templates oldest first", async () => {
      const times = [5, 1, 9, 3].map((hour) => 1_700_000_000_000 + hour * 3_600_000);
      await store.upsertTemplates(
        times.map((enrolledAt) => makeTemplate(`at ${enrolledAt}`, at(0), { enrolledAt })),
      );
      await store.upsertTemplates([makeTemplate('of bob', at(0), { personId: 'bob' })]);
      const listed = await store.listTemplates('acme', 'ann');
      expect(listed.map(({ enrolledAt }) => enrolledAt)).toEqual(times.toSorted((a, b) => a - b));
    });

    it('lists and counts more templates of a person than fit into one page', async () => {
      const many = Array.from({ length: 300 }, (_, i) =>
        makeTemplate(`${i}`, at(i), { enrolledAt: 1_700_000_000_000 + i }),
      );
      await store.upsertTemplates(many);
      expect(ids(await store.listTemplates('acme', 'ann'))).toEqual(ids(many));
      expect(await store.countTemplates('acme', ['ann'])).toEqual(new Map([['ann', 300]]));
    });

    it('counts the templates of each given person', async () => {
      await store.upsertTemplates([
        makeTemplate('ann 1', at(0)),
        makeTemplate('ann 2', at(10)),
        makeTemplate('bob 1', at(20), { personId: 'bob' }),
        makeTemplate('eve 1', at(20), { personId: 'eve' }),
      ]);
      const counts = await store.countTemplates('acme', ['bob', 'ann', 'nobody']);
      expect(counts).toEqual(
        new Map([
          ['bob', 1],
          ['ann', 2],
          ['nobody', 0],
        ]),
      );
      expect(await store.countTemplates('acme', [])).toEqual(new Map());
    });

    it('gets templates by id, with vectors, but not those of other tenants', async () => {
      const [mine, other] = [makeTemplate('mine', at(0)), makeTemplate('other', at(10))];
      const theirs = makeTemplate('theirs', at(0), { tenant: 'acme-2' });
      await store.upsertTemplates([mine, other, theirs]);
      const unknown = makeTemplate('never written', at(0)).id;
      const found = await store.getTemplates('acme', [mine.id, theirs.id, unknown]);
      expect(found.map(withoutVector)).toEqual([withoutVector(mine)]);
      expect(cosine(found[0]!.vector, mine.vector)).toBeCloseTo(1, 5);
      const many = Array.from({ length: 300 }, (_, i) => makeTemplate(`${i}`, at(i)));
      await store.upsertTemplates(many);
      expect(ids(await store.getTemplates('acme', ids(many))).toSorted()).toEqual(
        ids(many).toSorted(),
      );
      expect(await store.getTemplates('acme', [])).toEqual([]);
    });

    it('counts the gallery of each tenant exactly', async () => {
      expect(await store.countGallery('acme')).toBe(0);
      const many = Array.from({ length: 300 }, (_, i) =>
        makeTemplate(`${i}`, at(i), { personId: `p${i % 7}` }),
      );
      await store.upsertTemplates([...many, makeTemplate('theirs', at(0), { tenant: 'acme-2' })]);
      await store.upsertTemplates([many[0]!]);
      expect(await store.countGallery('acme')).toBe(300);
      expect(await store.countGallery('acme-2')).toBe(1);
      await store.deleteTemplate('acme', many[0]!.id);
      await store.forgetPerson('acme', 'p1');
      expect(await store.countGallery('acme')).toBe(300 - 1 - 43);
    });

    it('replaces the statistics of templates, and does not restore deleted ones', async () => {
      const [first, second, gone] = ['first', 'second', 'gone'].map((name) =>
        makeTemplate(name, at(0)),
      );
      const theirs = { ...first!, tenant: 'acme-2' };
      await store.upsertTemplates([first!, second!, gone!]);
      await store.deleteTemplate('acme', gone!.id);
      const statistics = { normalisation: 'c/40/0.6', mean: 0.123456789, deviation: 0.05 };
      const updates = new Map([first!, gone!, theirs].map(({ id }) => [id, statistics]));
      await store.setStatistics('acme-2', updates);
      expect(await store.countGallery('acme-2')).toBe(0);
      expect((await store.getTemplates('acme', [first!.id]))[0]?.statistics).toBeNull();

      await store.setStatistics('acme', updates);
      await store.setStatistics('acme', new Map());
      const expected = new Map([
        [first!.id, statistics],
        [second!.id, null],
      ]);
      const listed = await store.listTemplates('acme', 'ann');
      expect(new Map(listed.map((t) => [t.id, t.statistics]))).toEqual(expected);
      const [found] = await search1(store, 'acme', at(0), 10);
      expect(new Map(found.map(({ item }) => [item.id, item.statistics]))).toEqual(expected);
      // The other fields are unchanged.
      expect(listed.map(({ quality }) => quality)).toEqual([0.75, 0.75]);
      const newer = { ...statistics, normalisation: 'd/40/0.6' };
      await store.setStatistics('acme', new Map([[first!.id, newer]]));
      expect((await store.getTemplates('acme', [first!.id]))[0]?.statistics).toEqual(newer);
    });

    it('does not find a deleted template, and deletes it again without an error', async () => {
      const [first, second, third] = [0, 10, 20].map((d) => makeTemplate(`at ${d}`, at(d)));
      await store.upsertTemplates([first!, second!, third!]);
      await store.deleteTemplate('acme', first!.id);
      await store.deleteTemplate('acme', first!.id);
      const [found] = await search1(store, 'acme', at(0), 10);
      expect(found.map(({ item }) => item.id)).toEqual([second!.id, third!.id]);
      expect(ids(await store.listTemplates('acme', 'ann')).toSorted()).toEqual(
        [second!.id, third!.id].toSorted(),
      );
    });

    it('finds the same as a comparison with every template', async () => {
      const random = seededRandom(7);
      const gallery = Array.from({ length: 500 }, (_, i) =>
        makeTemplate(`${i}`, randomUnitVector(random, DIMENSION), { personId: `p${i % 90}` }),
      );
      await store.upsertTemplates(gallery);
      const queries = Array.from({ length: 20 }, () => randomUnitVector(random, DIMENSION));
      const found = await store.searchTemplates(
        queries.map((vector) => ({ tenant: 'acme', vector, limit: 10 })),
      );
      found.forEach((list, index) => {
        const expected = gallery
          .map(({ id, vector }) => ({ id, score: cosine(queries[index]!, vector) }))
          .toSorted((a, b) => b.score - a.score)
          .slice(0, 10);
        expect(list.map(({ item }) => item.id)).toEqual(ids(expected));
        list.forEach(({ score }, rank) => expect(score).toBeCloseTo(expected[rank]!.score, 5));
      });
    });
  });
}

async function search1(store: VectorStore, tenant: string, vector: Float32Array, limit: number) {
  const [found] = await store.searchTemplates([{ tenant, vector, limit }]);
  return [found!] as const;
}
