import {
  makeSighting,
  makeTemplate,
  randomUnitVector,
  seededRandom,
} from '../../test/support/vector-records.js';
import { DIMENSION, type Candidate } from './candidate.js';

const NOON = 1_700_000_000_000;
/** Faces of a few images: what the matcher writes at once. */
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

export async function measureWrites(candidate: Candidate, count: number) {
  const random = seededRandom(1);
  for (let start = 0; start < TEMPLATES; start += 500) {
    await candidate.upsertTemplates(
      Array.from({ length: 500 }, (_, i) =>
        makeTemplate(`${start + i}`, randomVector(random), { personId: `p${(start + i) % 2_000}` }),
      ),
    );
  }
  let spent = 0;
  for (let start = 0; start < count; start += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => sighting(start + i, random));
    spent += await milliseconds(() => candidate.upsertSightings(batch));
  }
  return { sightingsPerSecond: count / (spent / 1_000) };
}

export async function measureReads(candidate: Candidate) {
  const random = seededRandom(2);
  const vector = randomVector(random);
  const queries = Array.from({ length: QUERIES }, () => ({
    tenant: 'acme',
    vector: randomVector(random),
    limit: 10,
  }));
  const search = (filter: object) =>
    average(() => candidate.searchSightings('acme', vector, filter, 10));
  const figures = {
    templates32Ms: await average(() => candidate.searchTemplates(queries)),
    searchAllMs: await search({}),
    searchPersonMs: await search({ personId: 'p7' }),
    searchCameraTimeMs: await search({ cameraId: 'cam3', from: NOON, to: NOON + 4_000 }),
    page100Ms: await average(() =>
      candidate.listSightings('acme', { personId: 'p7' }, { limit: 100 }),
    ),
  };
  const forgetMs = await milliseconds(() => candidate.forgetPerson('acme', 'p7'));
  return { ...figures, forgetMs };
}

/** Writes until it is killed; says after each write how many sightings are safe. */
export async function writeForever(
  candidate: Candidate,
  acknowledge: (count: number) => void,
): Promise<never> {
  const random = seededRandom(Date.now());
  const { items } = await candidate.listSightings('acme', {}, { limit: 1_000_000 });
  for (let count = items.length; ; count += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => sighting(count + i, random));
    await candidate.upsertSightings(batch);
    acknowledge(count + BATCH);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function average(work: () => Promise<unknown>): Promise<number> {
  await work();
  let spent = 0;
  for (let i = 0; i < REPEATS; i++) spent += await milliseconds(work);
  return spent / REPEATS;
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
