import { beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import {
  type Sighting,
  type SightingExpiry,
  type SightingFilter,
  type StoredSighting,
  type VectorStore,
} from '../../apps/matcher/src/vectors/vector-store.port.js';
import {
  cosine,
  idOf,
  ids,
  makeSighting,
  makeTemplate,
  randomUnitVector,
  vectorAt,
  withoutVector,
} from '../support/vector-records.js';
import { DIMENSION, type StoreBench } from './vector-store-backend.js';

const NOON = 1_700_000_000_000;

export function sightingConformance(bench: StoreBench): void {
  describe('sightings', () => {
    let store: VectorStore;
    beforeEach(async () => {
      store = await bench.open();
    });
    const at = (degrees: number) => vectorAt(degrees, DIMENSION);

    it('returns sightings of every source as they were written', async () => {
      const written: StoredSighting[] = [
        makeSighting('import', at(0)),
        makeSighting('camera', at(0), {
          source: { kind: 'camera', cameraId: 'Eingang/Süd #1' },
          cameraId: 'Eingang/Süd #1',
          personId: 'Zoë 🙂',
          score: -0.123456789,
        }),
        makeSighting('frame', at(0), {
          source: { kind: 'video-frame', videoId: 'v', offsetMs: 40 },
          observedAt: null,
        }),
        makeSighting('odd key', at(0), {
          image: { store: 'archive', key: 'a b/é/%#+\n\t"\\🙂.jpg', version: '12-1700.5' },
          box: { x: -3.5, y: 0, width: 0.25, height: 1e-7 },
          score: 1,
        }),
      ];
      await store.upsertSightings(written);
      const { items, cursor } = await store.listSightings('acme', {}, { limit: 10 });
      expect(cursor).toBeNull();
      expect(items).toEqual(inOrder(written).map(withoutVector));
    });

    it('replaces a sighting that is written again', async () => {
      const sighting = makeSighting('one', at(0), { personId: 'ann', cameraId: 'door' });
      await store.upsertSightings([sighting, sighting]);
      const again = { ...sighting, personId: 'bob', cameraId: null, score: 0.5, vector: at(90) };
      await store.upsertSightings([again]);
      await store.upsertSightings([again]);
      expect(await all(store, {})).toEqual([withoutVector(again)]);
      expect(await all(store, { personId: 'ann' })).toEqual([]);
      expect(await all(store, { cameraId: 'door' })).toEqual([]);
      const [found, ...others] = await store.searchSightings('acme', at(90), {}, 10);
      expect(others).toEqual([]);
      expect(found?.score).toBeCloseTo(1, 5);
    });

    const archive = [
      makeSighting('ann at the door', at(0), { personId: 'ann', cameraId: 'door' }),
      makeSighting('bob at the door', at(10), {
        personId: 'bob',
        cameraId: 'door',
        observedAt: NOON + 1,
      }),
      makeSighting('ann at the gate', at(20), {
        personId: 'ann',
        cameraId: 'gate',
        observedAt: NOON + 2,
      }),
      makeSighting('stranger', at(30), { observedAt: NOON + 3 }),
      makeSighting('ann some time', at(40), { personId: 'ann', observedAt: null }),
      makeSighting('ann in uploads', at(50), {
        personId: 'ann',
        observedAt: NOON + 4,
        image: { store: 'uploads', key: 'x', version: '1' },
      }),
    ];
    const cases: [string, SightingFilter, number[]][] = [
      ['no condition', {}, [0, 1, 2, 3, 4, 5]],
      ['store', { store: 'uploads' }, [5]],
      ['person', { personId: 'ann' }, [0, 2, 4, 5]],
      ['camera', { cameraId: 'door' }, [0, 1]],
      ['first time, included', { from: NOON + 2 }, [2, 3, 5]],
      ['last time, included', { to: NOON + 2 }, [0, 1, 2]],
      ['one time', { from: NOON + 1, to: NOON + 1 }, [1]],
      ['an empty span', { from: NOON + 2, to: NOON + 1 }, []],
      ['person and camera', { personId: 'ann', cameraId: 'door' }, [0]],
      ['person and store and time', { personId: 'ann', store: 'archive', from: NOON + 1 }, [2]],
      [
        'everything',
        { store: 'archive', personId: 'bob', cameraId: 'door', from: NOON, to: NOON + 9 },
        [1],
      ],
      ['sightings that were not named', { personId: null }, [3]],
      ['sightings that were not named, and store', { personId: null, store: 'uploads' }, []],
      ['an unknown person', { personId: 'ANN' }, []],
      ['an unknown store', { store: 'archiv' }, []],
    ];

    it.each(cases)('filters by %s', async (_, filter, expected) => {
      await store.upsertSightings(archive);
      const wanted = expected.map((index) => archive[index]!);
      expect(ids(await all(store, filter))).toEqual(ids(inOrder(wanted)));
      // Angles increase with the index, so the most similar sightings come in the order of the list.
      const found = await store.searchSightings('acme', at(0), filter, 10);
      expect(found.map(({ item }) => item)).toEqual(wanted.map(withoutVector));
    });

    it('does not show the sightings of other tenants', async () => {
      const mine = makeSighting('mine', at(0), { personId: 'ann' });
      const theirs = makeSighting('theirs', at(0), { personId: 'ann', tenant: 'other' });
      await store.upsertSightings([mine, theirs]);
      await store.forgetPerson('other', 'nobody');
      expect(await all(store, {})).toEqual([withoutVector(mine)]);
      expect(await all(store, { personId: 'ann' }, 'other')).toEqual([withoutVector(theirs)]);
      const found = await store.searchSightings('other', at(0), { store: 'archive' }, 10);
      expect(found.map(({ item }) => item.id)).toEqual([theirs.id]);
      expect(await all(store, {}, 'third')).toEqual([]);
    });

    it('lists every sighting once over several pages, in the order of ids', async () => {
      const many = Array.from({ length: 103 }, (_, i) =>
        makeSighting(`${i}`, at(i), { personId: i % 3 === 0 ? 'ann' : null }),
      );
      await store.upsertSightings(many);
      for (const limit of [1, 7, 50, 103, 1_000]) {
        const pages = await readPages(store, {}, limit);
        expect(pages.flatMap(ids)).toEqual(ids(inOrder(many)));
        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      }
      const anns = many.filter(({ personId }) => personId === 'ann');
      const pages = await readPages(store, { personId: 'ann' }, 10);
      expect(pages.map((page) => page.length)).toEqual([10, 10, 10, 5]);
      expect(pages.flatMap(ids)).toEqual(ids(inOrder(anns)));
    });

    it('lists all earlier sightings when new ones are written between pages', async () => {
      const before = Array.from({ length: 60 }, (_, i) => makeSighting(`before ${i}`, at(i)));
      await store.upsertSightings(before);
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let page = 0; ; page++) {
        const read = await store.listSightings('acme', {}, { limit: 7, ...(cursor && { cursor }) });
        seen.push(...ids(read.items));
        if (read.cursor === null) break;
        cursor = read.cursor;
        await store.upsertSightings([makeSighting(`between ${page}`, at(0))]);
      }
      expect(seen).toEqual([...new Set(seen)].toSorted());
      expect(seen).toEqual(expect.arrayContaining(ids(before)));
    });

    it('refuses an invalid cursor', async () => {
      const listing = store.listSightings('acme', {}, { cursor: "' or 1=1", limit: 10 });
      await expect(listing).rejects.toMatchObject({ code: 'CURSOR_INVALID', httpStatus: 400 });
    });

    it('returns the embeddings of sightings, but not those of other tenants', async () => {
      const [mine, other] = [makeSighting('mine', at(30)), makeSighting('other', at(0))];
      const theirs = makeSighting('theirs', at(0), { tenant: 'other' });
      await store.upsertSightings([mine, other, theirs]);
      const unknown = makeSighting('never seen', at(0)).id;
      const found = await store.sightingVectors('acme', [mine.id, theirs.id, unknown]);
      expect([...found.keys()]).toEqual([mine.id]);
      expect(cosine(found.get(mine.id)!, mine.vector)).toBeCloseTo(1, 5);
      const many = Array.from({ length: 300 }, (_, i) => makeSighting(`${i}`, at(i)));
      await store.upsertSightings(many);
      expect((await store.sightingVectors('acme', ids(many))).size).toBe(300);
      expect(await store.sightingVectors('acme', [])).toEqual(new Map());
    });

    it('finds a sighting whose person was deleted among those that were not named', async () => {
      const sighting = makeSighting('ann', at(0), { personId: 'ann', metric: 'as-norm', score: 7 });
      await store.upsertSightings([sighting]);
      await store.forgetPerson('acme', 'ann');
      expect(await all(store, { personId: null })).toEqual([
        withoutVector({ ...sighting, personId: null }),
      ]);
    });

    const CUT = NOON + 10;
    const kept = [
      makeSighting('old', at(0), { decidedAt: CUT - 1 }),
      makeSighting('at the limit', at(1), { decidedAt: CUT }),
      makeSighting('new', at(2), { decidedAt: CUT + 1 }),
      makeSighting('old and named', at(3), { decidedAt: CUT - 5, personId: 'ann' }),
      makeSighting('old of a camera', at(4), {
        decidedAt: CUT - 9,
        source: { kind: 'camera', cameraId: 'door' },
        cameraId: 'door',
        image: { store: 'uploads', key: 'x', version: '1' },
      }),
      makeSighting('seen long ago, decided just now', at(5), { observedAt: 0, decidedAt: CUT + 9 }),
    ];
    const theirs = makeSighting('theirs', at(0), { tenant: 'other', decidedAt: 0 });

    it.each<[string, Omit<SightingExpiry, 'decidedBefore'>, number[]]>([
      ['any', {}, [0, 3, 4]],
      ['a store', { store: 'uploads' }, [4]],
      ['another store', { store: 'archive' }, [0, 3]],
      ['a camera', { cameraId: 'door' }, [4]],
      ['all cameras', { ofCameras: true }, [4]],
      ['a camera and another store', { cameraId: 'door', store: 'archive' }, []],
    ])('counts and deletes expired sightings of %s', async (_, of, expected) => {
      await store.upsertSightings([...kept, theirs]);
      const expiry = { ...of, decidedBefore: CUT };
      expect(await store.countExpired('acme', expiry)).toBe(expected.length);
      expect(await store.deleteExpired('acme', expiry, 100)).toBe(expected.length);
      expect(await store.countExpired('acme', expiry)).toBe(0);
      expect(await store.deleteExpired('acme', expiry, 100)).toBe(0);
      const left = kept.filter((_, index) => !expected.includes(index));
      expect(await all(store, {})).toEqual(inOrder(left).map(withoutVector));
      expect((await store.searchSightings('acme', at(0), {}, 10)).map(({ item }) => item)).toEqual(
        left.map(withoutVector),
      );
      expect(await all(store, {}, 'other')).toEqual([withoutVector(theirs)]);
    });

    it('deletes expired sightings in batches, and keeps one that is decided again between them', async () => {
      const old = Array.from({ length: 25 }, (_, i) =>
        makeSighting(`${i}`, at(i), { decidedAt: CUT - 1 }),
      );
      await store.upsertSightings(old);
      const expiry = { decidedBefore: CUT };
      expect(await store.deleteExpired('acme', expiry, 10)).toBe(10);
      const [first] = await all(store, {});
      const again = old.find(({ id }) => id === first!.id)!;
      await store.upsertSightings([{ ...again, decidedAt: CUT }]);
      expect(await store.deleteExpired('acme', expiry, 10)).toBe(10);
      expect(await store.deleteExpired('acme', expiry, 10)).toBe(4);
      expect(ids(await all(store, {}))).toEqual([again.id]);
    });

    it('removes a person from sightings and gallery of that tenant only', async () => {
      const sighting = makeSighting('ann', at(0), { personId: 'ann', score: 0.9 });
      const bob = makeSighting('bob', at(0), { personId: 'bob' });
      const theirs = makeSighting('theirs', at(0), { personId: 'ann', tenant: 'other' });
      const theirTemplate = makeTemplate('their ann', at(0), { tenant: 'other' });
      await store.upsertSightings([sighting, bob, theirs]);
      await store.upsertTemplates([
        makeTemplate('ann 1', at(0)),
        makeTemplate('ann 2', at(5)),
        makeTemplate('bob', at(10), { personId: 'bob' }),
        theirTemplate,
      ]);
      await store.forgetPerson('acme', 'ann');
      await store.forgetPerson('acme', 'ann');

      expect(await all(store, { personId: 'ann' })).toEqual([]);
      expect(await all(store, {})).toEqual(
        inOrder([{ ...sighting, personId: null }, bob]).map(withoutVector),
      );
      expect(await store.listTemplates('acme', 'ann')).toEqual([]);
      const [left, others] = await store.searchTemplates([
        { tenant: 'acme', vector: at(0), limit: 10 },
        { tenant: 'other', vector: at(0), limit: 10 },
      ]);
      expect(left?.map(({ item }) => item.personId)).toEqual(['bob']);
      expect(others?.map(({ item }) => item.id)).toEqual([theirTemplate.id]);
      expect(await all(store, {}, 'other')).toEqual([withoutVector(theirs)]);
      const found = await store.searchSightings('acme', at(0), {}, 10);
      expect(found.map(({ item }) => item.id).toSorted()).toEqual([sighting.id, bob.id].toSorted());
    });

    it('removes a person from more sightings than fit into one page', async () => {
      const many = Array.from({ length: 700 }, (_, i) =>
        makeSighting(`${i}`, at(i), { personId: 'ann' }),
      );
      await store.upsertSightings(many);
      await store.forgetPerson('acme', 'ann');
      expect(await all(store, { personId: 'ann' })).toEqual([]);
      const pages = await readPages(store, {}, 1_000);
      expect(pages.flat().filter(({ personId }) => personId === null)).toHaveLength(700);
    });

    it('answers every call when it is empty', async () => {
      expect(await store.listSightings('acme', {}, { limit: 5 })).toEqual({
        items: [],
        cursor: null,
      });
      expect(await store.searchSightings('acme', at(0), { personId: 'ann' }, 5)).toEqual([]);
      await store.upsertSightings([]);
      await store.forgetPerson('acme', 'ann');
      await store.check();
    });

    it('finds the same as a comparison with every sighting that matches the filter', async () => {
      const random = seededRandom(11);
      const many = Array.from({ length: 400 }, (_, i) =>
        makeSighting(`${i}`, randomUnitVector(random, DIMENSION), {
          cameraId: `cam${i % 4}`,
          observedAt: i % 5 === 0 ? null : NOON + i,
        }),
      );
      await store.upsertSightings(many);
      for (const cameraId of ['cam0', 'cam3']) {
        const query = randomUnitVector(random, DIMENSION);
        const filter = { cameraId, from: NOON + 50, to: NOON + 350 };
        const expected = many
          .filter((s) => s.cameraId === cameraId && s.observedAt !== null)
          .filter((s) => s.observedAt! >= filter.from && s.observedAt! <= filter.to)
          .map(({ id, vector }) => ({ id, score: cosine(query, vector) }))
          .toSorted((a, b) => b.score - a.score)
          .slice(0, 25);
        const found = await store.searchSightings('acme', query, filter, 25);
        expect(found.map(({ item }) => item.id)).toEqual(ids(expected));
        found.forEach(({ score }, rank) => expect(score).toBeCloseTo(expected[rank]!.score, 5));
      }
    });

    it('handles concurrent writes and searches', async () => {
      const random = seededRandom(3);
      const batches = Array.from({ length: 12 }, (_, batch) =>
        Array.from({ length: 8 }, (_, i) =>
          makeSighting(`${batch}/${i}`, randomUnitVector(random, DIMENSION)),
        ),
      );
      const shared = makeSighting('written by all', at(0));
      await Promise.all(
        batches.flatMap((batch) => [
          store.upsertSightings([...batch, shared]),
          store.searchSightings('acme', at(0), { store: 'archive' }, 5),
          store.listSightings('acme', {}, { limit: 5 }),
          store.upsertTemplates([makeTemplate(batch[0]!.id, at(0))]),
          store.searchTemplates([{ tenant: 'acme', vector: at(0), limit: 5 }]),
        ]),
      );
      const expected = [...batches.flat(), shared];
      expect(ids(await all(store, {}))).toEqual(ids(inOrder(expected)));
      expect(await store.countTemplates('acme', ['ann'])).toEqual(new Map([['ann', 12]]));
    });

    it('shows a write as soon as it is acknowledged', async () => {
      for (let i = 0; i < 10; i++) {
        const sighting = makeSighting(`${i}`, at(i), { personId: idOf(`${i}`) });
        await store.upsertSightings([sighting]);
        expect(ids(await all(store, { personId: idOf(`${i}`) }))).toEqual([sighting.id]);
      }
    });
  });
}

function inOrder<T extends { id: string }>(records: readonly T[]): T[] {
  return records.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function all(store: VectorStore, filter: SightingFilter, tenant = 'acme') {
  const { items } = await store.listSightings(tenant, filter, { limit: 1_000 });
  return [...items];
}

async function readPages(
  store: VectorStore,
  filter: SightingFilter,
  limit: number,
): Promise<Sighting[][]> {
  const pages: Sighting[][] = [];
  let cursor: string | null = null;
  do {
    const page = await store.listSightings('acme', filter, { limit, ...(cursor && { cursor }) });
    pages.push([...page.items]);
    cursor = page.cursor;
  } while (cursor !== null);
  return pages;
}
