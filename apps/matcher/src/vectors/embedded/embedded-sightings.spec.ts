import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import {
  cosine,
  ids,
  makeSighting,
  randomUnitVector,
} from '../../../../../test/support/vector-records.js';
import { EmbeddedVectorStore } from './embedded-vector-store.js';

const DIMENSION = 4;
/** More rows than two slices of a search. */
const COUNT = 45_000;

describe('EmbeddedSightings with many sightings', () => {
  let folder: string;
  let store: EmbeddedVectorStore;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-vectors-'));
    store = new EmbeddedVectorStore({ folder, space: 'many@1+none', dimension: DIMENSION });
    await store.open();
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds the best of all slices, and runs shorter calls between the slices', async () => {
    const random = seededRandom(9);
    const many = Array.from({ length: COUNT }, (_, i) =>
      makeSighting(`${i}`, randomUnitVector(random, DIMENSION), {
        personId: `p${i % 300}`,
        tenant: i % 50 === 0 ? 'other' : 'acme',
      }),
    );
    for (let start = 0; start < COUNT; start += 5_000) {
      await store.upsertSightings(many.slice(start, start + 5_000));
    }
    const query = randomUnitVector(random, DIMENSION);
    const best = (wanted: typeof many) =>
      ids(
        wanted
          .map(({ id, vector }) => ({ id, score: cosine(query, vector) }))
          .toSorted((a, b) => b.score - a.score)
          .slice(0, 20),
      );

    const done: string[] = [];
    const searching = store.searchSightings('acme', query, { store: 'archive' }, 20);
    const [found] = await Promise.all([
      searching.finally(() => done.push('search')),
      store.check().finally(() => done.push('check')),
    ]);
    expect(done).toEqual(['check', 'search']);
    const own = many.filter(({ tenant }) => tenant === 'acme');
    expect(found.map(({ item }) => item.id)).toEqual(best(own));

    const narrow = await store.searchSightings('acme', query, { personId: 'p7' }, 20);
    const ofPerson = own.filter(({ personId }) => personId === 'p7');
    expect(narrow.map(({ item }) => item.id)).toEqual(best(ofPerson));
  });
});
