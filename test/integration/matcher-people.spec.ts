import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { errorBodySchema } from '#shared/contracts/http/errors.js';
import { peopleHttp } from '#shared/contracts/http/people.http.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { GallerySize } from '../../apps/matcher/src/recognition/gallery-size.js';
import { VECTOR_STORE } from '../../apps/matcher/src/tokens.js';
import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { callApi, imageForm } from '../support/call-api.js';
import { madeUpImage, startStandInEmbedder } from '../support/stand-in-embedder.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { makeTemplate } from '../support/vector-records.js';
import { axis, near } from '../support/vectors.js';

describe('people over HTTP', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let matcher: Awaited<ReturnType<typeof startMatcher>>;
  let embedder: ReturnType<typeof startStandInEmbedder>;

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
    matcher = await startMatcher({ ...folders.env, MAX_UPLOAD_BYTES: '10000' });
    embedder = startStandInEmbedder(redis, folders.uploads);
  });

  afterAll(async () => {
    await matcher.close();
    await embedder.close();
    await redis.quit();
    await server.stop();
    await folders.remove();
  });

  const call = (method: string, route: string, body?: unknown) =>
    callApi(matcher.url, method, route, body);
  const create = async (name: string) =>
    peopleHttp.create.response.parse((await call('POST', '/v1/people', { name })).body);
  const photosOf = (id: string) =>
    readdir(path.join(folders.uploads, 'enrolments/default', id)).catch(() => []);

  it('creates a person and shows, renames and deletes them', async () => {
    const created = await call('POST', '/v1/people', { name: '  Zoë  ' });
    expect(created).toMatchObject({ status: 201, body: { name: 'Zoë', templates: 0 } });
    const { id } = peopleHttp.create.response.parse(created.body);
    expect(await call('GET', `/v1/people/${id}`)).toMatchObject({
      status: 200,
      body: { id, name: 'Zoë', templates: [] },
    });
    const renamed = await call('PATCH', `/v1/people/${id}`, { name: 'Zoë B.' });
    expect(renamed).toMatchObject({ status: 200, body: { id, name: 'Zoë B.' } });
    expect((await call('DELETE', `/v1/people/${id}`)).status).toBe(204);
    expect(await call('GET', `/v1/people/${id}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'PERSON_NOT_FOUND' } },
    });
    expect((await call('DELETE', `/v1/people/${id}`)).status).toBe(404);
  });

  it('refuses an id or a name that is in use, and says which person has it', async () => {
    const { id } = await create('Taken');
    const taken = { status: 409, body: { error: { code: 'PERSON_EXISTS', details: { id } } } };
    expect(await call('POST', '/v1/people', { name: 'Taken' })).toMatchObject(taken);
    expect(await call('POST', '/v1/people', { name: 'Other', id })).toMatchObject(taken);
  });

  it('creates a person once when many requests arrive at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call('POST', '/v1/people', { name: 'Rush' })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
  });

  it.each([
    [{ name: '' }],
    [{ name: '   ' }],
    [{}],
    [{ name: 'x', id: 'a/b' }],
    [{ name: 'x', age: 3 }],
  ])('refuses %j', async (body) => {
    expect(await call('POST', '/v1/people', body)).toMatchObject({
      status: 400,
      body: { error: { code: 'REQUEST_INVALID' } },
    });
  });

  it('pages through everybody in the order they were created', async () => {
    for (let i = 0; i < 7; i++) await create(`Page ${i}`);
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await call('GET', `/v1/people?limit=3${query}`);
      const page = peopleHttp.list.response.parse(body);
      expect(page.people.length).toBeLessThanOrEqual(3);
      names.push(...page.people.map(({ name }) => name));
      cursor = page.cursor;
    } while (cursor !== null);
    expect(names.filter((name) => name.startsWith('Page'))).toEqual(
      Array.from({ length: 7 }, (_, i) => `Page ${i}`),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  describe('enrolment', () => {
    it('enrols the only face of a photograph and keeps the photograph', async () => {
      const { id } = await create('Ada');
      const photo = madeUpImage([axis(0)], { unusable: ['too small'] });
      const enrolled = await call(
        'POST',
        `/v1/people/${id}/templates`,
        imageForm({ image: photo }),
      );
      expect(enrolled).toMatchObject({ status: 201, body: { detectionScore: 0.9, quality: 0.8 } });
      expect(Object.keys(enrolled.body as object).sort()).toEqual(
        ['box', 'detectionScore', 'enrolledAt', 'faceId', 'id', 'image', 'quality'].sort(),
      );
      expect(await photosOf(id)).toHaveLength(1);
      const payload = embedder.seen.at(-1)!;
      expect(payload).toMatchObject({ source: { kind: 'enrolment' }, lane: 'live' });
      expect(payload.deadline).toBeGreaterThan(Date.now());
      expect(await call('GET', `/v1/people/${id}`)).toMatchObject({
        body: { templates: [{ id: peopleHttp.enrol.response.parse(enrolled.body).id }] },
      });
    });

    it('changes nothing when the same photograph is sent again, even concurrently', async () => {
      const { id } = await create('Bea');
      const photo = () => imageForm({ image: madeUpImage([axis(1)]) });
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => call('POST', `/v1/people/${id}/templates`, photo())),
      );
      const again = await call('POST', `/v1/people/${id}/templates`, photo());
      const ids = [...answers, again].map(({ body }) => peopleHttp.enrol.response.parse(body).id);
      expect(new Set(ids).size).toBe(1);
      const { body } = await call('GET', `/v1/people/${id}`);
      expect(peopleHttp.read.response.parse(body).templates).toHaveLength(1);
      expect(await photosOf(id)).toHaveLength(1);
    });

    it.each([
      ['NO_FACE', madeUpImage([]), { faces: 0 }],
      ['SEVERAL_FACES', madeUpImage([axis(0), axis(1)]), { faces: 2 }],
      ['FACE_UNUSABLE', madeUpImage([], { unusable: ['too blurred'] }), { faces: 0 }],
      ['IMAGE_DAMAGED', new Blob(['not an image']), { field: 'image' }],
    ])('answers with %s and keeps nothing', async (code, photo, details) => {
      const { id } = await create(`Refused ${code}`);
      const answer = await call('POST', `/v1/people/${id}/templates`, imageForm({ image: photo }));
      expect(answer).toMatchObject({ status: 422, body: { error: { code, details } } });
      expect(await photosOf(id)).toEqual([]);
    });

    it('says why a face cannot be used', async () => {
      const { id } = await create('Blurred');
      const photo = madeUpImage([], { unusable: ['too blurred'] });
      const { body } = await call(
        'POST',
        `/v1/people/${id}/templates`,
        imageForm({ image: photo }),
      );
      expect(errorBodySchema.parse(body).error.message).toContain('too blurred');
    });

    it('refuses an image that is too large, missing or in the wrong field', async () => {
      const { id } = await create('Uploads');
      const route = `/v1/people/${id}/templates`;
      const large = new Blob([new Uint8Array(10_001)]);
      expect(await call('POST', route, imageForm({ image: large }))).toMatchObject({
        status: 413,
        body: { error: { code: 'IMAGE_TOO_LARGE' } },
      });
      expect(await call('POST', route, imageForm({}, { note: 'x' }))).toMatchObject({
        status: 400,
        body: { error: { code: 'IMAGE_MISSING' } },
      });
      expect(await call('POST', route, {})).toMatchObject({
        status: 400,
        body: { error: { code: 'IMAGE_MISSING' } },
      });
      expect(await call('POST', route, imageForm({ image: new Blob([]) }))).toMatchObject({
        status: 400,
        body: { error: { code: 'IMAGE_EMPTY' } },
      });
      expect(await call('POST', route, imageForm({ photo: madeUpImage([]) }))).toMatchObject({
        status: 400,
        body: { error: { code: 'UPLOAD_INVALID' } },
      });
    });

    it('deletes one template with its photograph and keeps the others', async () => {
      const { id } = await create('Cleo');
      const ids: string[] = [];
      for (const vector of [axis(2), near(2, 0.9)]) {
        const form = imageForm({ image: madeUpImage([vector]) });
        const { body } = await call('POST', `/v1/people/${id}/templates`, form);
        ids.push(peopleHttp.enrol.response.parse(body).id);
      }
      const route = `/v1/people/${id}/templates/${ids[0]!}`;
      expect((await call('DELETE', route)).status).toBe(204);
      expect(await call('DELETE', route)).toMatchObject({
        status: 404,
        body: { error: { code: 'TEMPLATE_NOT_FOUND' } },
      });
      expect(await call('GET', `/v1/people/${id}`)).toMatchObject({
        body: { templates: [{ id: ids[1] }] },
      });
      expect(await photosOf(id)).toHaveLength(1);
    });

    it('deletes templates and photographs with their person, but none of other people', async () => {
      const photo = () => imageForm({ image: madeUpImage([axis(3)]) });
      const gone = await create('Gone');
      const stays = await create('Stays');
      for (const { id } of [gone, stays]) await call('POST', `/v1/people/${id}/templates`, photo());
      await call('DELETE', `/v1/people/${gone.id}`);
      expect(await photosOf(gone.id)).toEqual([]);
      expect(await photosOf(stays.id)).toHaveLength(1);
      const back = await create('Gone');
      expect(await call('GET', `/v1/people/${back.id}`)).toMatchObject({ body: { templates: [] } });
      expect(await call('GET', '/v1/people?limit=1000')).toMatchObject({
        body: { people: expect.arrayContaining([{ ...stays, templates: 1 }]) },
      });
    });

    it('counts in the size of the gallery at once, which the threshold depends on', async () => {
      // A count of N is kept for N milliseconds.
      const templates = Array.from({ length: 8_000 }, (_, i) =>
        makeTemplate(`size ${i}`, axis(5), { tenant: 'default', personId: 'many' }),
      );
      const store = matcher.app.get<VectorStore>(VECTOR_STORE);
      await store.upsertTemplates(templates);
      const size = matcher.app.get(GallerySize);
      size.enrolled('default');
      const before = await size.of('default');
      expect(before).toBeGreaterThanOrEqual(8_000);
      const { id } = await create('One more');
      const form = imageForm({ image: madeUpImage([axis(6)]) });
      expect((await call('POST', `/v1/people/${id}/templates`, form)).status).toBe(201);
      expect(await size.of('default')).toBe(before + 1);
      await store.forgetPerson('default', 'many');
    });

    it('refuses to enrol a person who does not exist', async () => {
      const form = imageForm({ image: madeUpImage([axis(0)]) });
      expect(await call('POST', '/v1/people/nobody/templates', form)).toMatchObject({
        status: 404,
        body: { error: { code: 'PERSON_NOT_FOUND' } },
      });
      expect(await photosOf('nobody')).toEqual([]);
    });
  });
});
