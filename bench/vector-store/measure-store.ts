import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { type embeddedStore } from '../../test/support/embedded-store.js';
import { makeSighting, makeTemplate, randomUnitVector } from '../../test/support/vector-records.js';
import { mean } from '../support/figures.js';

type Store = ReturnType<typeof embeddedStore>;

export const DIMENSION = 512;

const NOON = 1_700_000_000_000;
/** The matcher writes the faces of a few images in one batch. */
const BATCH = 8;
const TEMPLATES = 10_000;
const QUERIES = 32;
const REPEATS = 10;

function randomVector(random: () => number): Float32Array {
  return randomUnitVector(random, DIMENSION);
}

/** One in twenty sightings is of person 7; cameras change from one to the next. */
function sighting(index: number, random: () => number) {
  return makeSighting(`${index}`, randomVector(random), {
    personId: `p${index % 20}`,
    cameraId: `cam${index % 4}`,
    observedAt: NOON + index,
  });
}

export async function measureWrites(store: Store, count: number) {
  const random = seededRandom(1);
  for (let start = 0; start < TEMPLATES; start += 500) {
    await store.upsertTemplates(
      Array.from({ length: 500 }, (_, i) =>
        makeTemplate(`${start + i}`, randomVector(random), { personId: `p${(start + i) % 2_000}` }),
      ),
    );
  }
  let spent = 0;
  for (let start = 0; start < count; start += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => sighting(start + i, random));
    spent += await milliseconds(() => store.upsertSightings(batch));
  }
  return { sightingsPerSecond: count / (spent / 1_000) };
}

export async function measureReads(store: Store) {
  const random = seededRandom(2);
  const vector = randomVector(random);
  const queries = Array.from({ length: QUERIES }, () => ({
    tenant: 'acme',
    vector: randomVector(random),
    limit: 10,
  }));
  const search = (filter: object) =>
    average(() => store.searchSightings('acme', vector, filter, 10));
  const figures = {
    templates32Ms: await average(() => store.searchTemplates(queries)),
    searchAllMs: await search({}),
    searchPersonMs: await search({ personId: 'p7' }),
    searchCameraTimeMs: await search({ cameraId: 'cam3', from: NOON, to: NOON + 4_000 }),
    page100Ms: await average(() => store.listSightings('acme', { personId: 'p7' }, { limit: 100 })),
  };
  const forgetMs = await milliseconds(() => store.forgetPerson('acme', 'p7'));
  return { ...figures, forgetMs };
}

/** Writes until the process is killed; reports after each write how many sightings are acknowledged. */
export async function writeForever(
  store: Store,
  acknowledge: (count: number) => void,
): Promise<never> {
  const random = seededRandom(Date.now());
  const { items } = await store.listSightings('acme', {}, { limit: 1_000_000 });
  for (let count = items.length; ; count += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => sighting(count + i, random));
    await store.upsertSightings(batch);
    acknowledge(count + BATCH);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export async function countSightings(store: Store): Promise<number> {
  const ids = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['listSightings']>> = await store.listSightings(
      'acme',
      {},
      { limit: 10_000, ...(cursor && { cursor }) },
    );
    for (const { id } of page.items) ids.add(id);
    cursor = page.cursor;
  } while (cursor !== null);
  return ids.size;
}

async function average(work: () => Promise<unknown>): Promise<number> {
  await work();
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) times.push(await milliseconds(work));
  return mean(times);
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
