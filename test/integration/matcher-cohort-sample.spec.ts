import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import path from 'node:path';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { decodeEmbedding } from '#shared/contracts/embedding.js';
import { cohortHttp } from '#shared/contracts/http/cohort.http.js';
import { VECTOR_STORE } from '../../apps/matcher/src/tokens.js';
import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { callApi } from '../support/call-api.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { TEST_SPACE, writeNormalisedTestPack, writeTestPack } from '../support/test-pack.js';
import { cosine, makeSighting, makeTemplate, randomUnitVector } from '../support/vector-records.js';
import { TEST_DIMENSION } from '../support/vectors.js';

/** The strictest threshold of the made-up pack. */
const SAME_PERSON = 0.5;

const random = seededRandom(31);
const face = () => randomUnitVector(random, TEST_DIMENSION);

/** Another photograph of the same person. */
function again(vector: Float32Array): Float32Array {
  const other = face().map((value, i) => vector[i]! + 0.3 * value);
  const norm = Math.hypot(...other);
  return other.map((value) => value / norm);
}

describe('POST /v1/cohort/sample', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let matcher: Awaited<ReturnType<typeof startMatcher>>;
  const photographs = Array.from({ length: 30 }, face).flatMap((person) => [
    person,
    ...Array.from({ length: 19 }, () => again(person)),
  ]);
  const enrolled = [face(), face()];
  const blurred = face();
  const named = face();
  const elsewhere = face();

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    await start();
    const store = matcher.app.get<VectorStore>(VECTOR_STORE);
    const seen = (name: string, vector: Float32Array, rest = {}) =>
      makeSighting(name, vector, { tenant: 'default', quality: 0.8, ...rest });
    await store.upsertSightings([
      ...photographs.map((vector, i) => seen(`${i}`, vector)),
      ...enrolled.flatMap((person, i) =>
        Array.from({ length: 20 }, (_, n) => seen(`enrolled ${i}/${n}`, again(person))),
      ),
      seen('blurred', blurred, { quality: 0.3 }),
      seen('named', named, { personId: 'ann' }),
      seen('elsewhere', elsewhere, { tenant: 'elsewhere' }),
    ]);
    await store.upsertTemplates(
      enrolled.map((vector, i) => makeTemplate(`${i}`, vector, { tenant: 'default' })),
    );
  });

  afterAll(async () => {
    await matcher.close();
    await server.stop();
    await folders.remove();
  });

  async function start() {
    matcher = await startMatcher(folders.env);
  }
  const ask = (body: unknown) => callApi(matcher.url, 'POST', '/v1/cohort/sample', body);
  async function sample(body: unknown) {
    const answer = await ask(body);
    expect(answer.status).toBe(200);
    const found = cohortHttp.sample.response.parse(answer.body);
    return { ...found, faces: found.embeddings.map((e) => decodeEmbedding(e, found.dimension)) };
  }
  const isOf = (person: Float32Array) => (other: Float32Array) =>
    cosine(person, other) >= SAME_PERSON;

  it('returns sharp faces of different unknown people, and nobody who is enrolled', async () => {
    const { faces, ...rest } = await sample({ count: 1_000 });
    expect(rest).toMatchObject({ space: TEST_SPACE, dimension: TEST_DIMENSION, samePerson: 0.5 });
    // All unknown faces: 20 photographs of each of 32 people, and the blurred face.
    expect(rest.sightings).toBe(641);
    faces.forEach((one, i) => {
      expect(faces.slice(i + 1).some(isOf(one))).toBe(false);
      expect(enrolled.some(isOf(one))).toBe(false);
    });
    // Every other photograph shows a person who is in the sample or enrolled.
    for (const one of photographs) expect([...faces, ...enrolled].some(isOf(one))).toBe(true);
    const same = (other: Float32Array) => (one: Float32Array) => cosine(one, other) > 0.999;
    for (const other of [blurred, named, elsewhere]) expect(faces.some(same(other))).toBe(false);
  });

  it('returns no more faces than requested, and the same ones each time', async () => {
    const first = await sample({ count: 10 });
    expect(first.embeddings).toHaveLength(10);
    expect((await sample({ count: 10 })).embeddings).toEqual(first.embeddings);
  });

  it('includes blurred and similar faces if the request allows them', async () => {
    const { faces, samePerson } = await sample({ count: 1_000, minQuality: 0, samePerson: 0.9999 });
    expect(samePerson).toBe(0.9999);
    expect(faces.some((one) => cosine(one, blurred) > 0.999)).toBe(true);
    expect(faces).toHaveLength(641);
  });

  it.each([{}, { count: 1 }, { count: 5_001 }, { count: 10, minQuality: 2 }])(
    'refuses %j',
    async (body) => {
      expect(await ask(body)).toMatchObject({
        status: 400,
        body: { error: { code: 'REQUEST_INVALID' } },
      });
    },
  );

  it('requires a similarity for the same person if the pack has no thresholds', async () => {
    await matcher.close();
    await writeTestPack(path.join(folders.root, 'models'), { calibrations: [] });
    await start();
    expect(await ask({ count: 10 })).toMatchObject({
      status: 422,
      body: { error: { code: 'SAME_PERSON_UNKNOWN' } },
    });
    expect((await sample({ count: 10, samePerson: 0.5 })).embeddings).toHaveLength(10);
  });

  it('uses the same-person similarity of a pack with normalised scores', async () => {
    await matcher.close();
    await writeNormalisedTestPack(path.join(folders.root, 'models'), photographs, [4, 5]);
    await start();
    expect((await sample({ count: 10 })).samePerson).toBe(0.95);
  });
});
