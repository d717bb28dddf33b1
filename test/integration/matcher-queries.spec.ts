import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { recognitionHttp } from '#shared/contracts/http/recognition.http.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { QuerySweeper } from '../../apps/matcher/src/queries/query-sweeper.js';
import { callApi, imageForm } from '../support/call-api.js';
import { madeUpImage, startStandInEmbedder } from '../support/stand-in-embedder.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { axis, near } from '../support/vectors.js';
import { waitUntil } from '../support/wait-until.js';

const DEADLINE_MS = 1_500;

describe('verify and identify over HTTP', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let matcher: Awaited<ReturnType<typeof startMatcher>>;
  let embedder: ReturnType<typeof startStandInEmbedder>;

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
    matcher = await startMatcher({ ...folders.env, QUERY_DEADLINE_MS: String(DEADLINE_MS) });
    embedder = startStandInEmbedder(redis, folders.uploads);
    await enrol('Ada', [axis(0), near(0, 0.8)]);
    await enrol('Bob', [axis(1)]);
  });

  afterAll(async () => {
    await matcher.close();
    await embedder.close();
    await redis.quit();
    await server.stop();
    await folders.remove();
  });

  const post = (route: string, body: unknown) => callApi(matcher.url, 'POST', route, body);
  const queryImages = () => readdir(path.join(folders.uploads, 'queries')).catch(() => []);

  async function enrol(name: string, faces: readonly Float32Array[]): Promise<void> {
    await post('/v1/people', { name, id: name.toLowerCase() });
    for (const face of faces) {
      const form = imageForm({ image: madeUpImage([face]) });
      const { status } = await post(`/v1/people/${name.toLowerCase()}/templates`, form);
      expect(status).toBe(201);
    }
  }

  describe('POST /v1/verify', () => {
    const verify = (one: Blob, other: Blob) =>
      post('/v1/verify', imageForm({ image1: one, image2: other }));
    const verifyPerson = (one: Blob, personId: string) =>
      post('/v1/verify', imageForm({ image1: one }, { personId }));

    it('finds that two images show one person, and returns distance, threshold and both boxes', async () => {
      const { status, body } = await verify(
        madeUpImage([axis(3)]),
        madeUpImage([near(3, 0.9)], { salt: 'other' }),
      );
      expect(status).toBe(200);
      expect(body).toMatchObject({
        same: true,
        metric: 'cosine',
        threshold: 0.4,
        thresholdBasis: 'measured',
        falseAcceptRate: 0.001,
        space: 'test@1+none',
        faces: [
          { box: { x: 0, y: 10, width: 40, height: 50 }, facesFound: 1 },
          { box: { x: 0, y: 10, width: 40, height: 50 }, facesFound: 1 },
        ],
      });
      const { similarity, distance, score } = recognitionHttp.verify.response.parse(body);
      expect(similarity).toBeCloseTo(0.9, 5);
      expect(score).toBe(similarity);
      expect(distance).toBeCloseTo(1 - similarity, 12);
    });

    it('finds that two images show different people when the score is just below the threshold', async () => {
      const below = await verify(madeUpImage([axis(3)]), madeUpImage([near(3, 0.39)]));
      expect(below.body).toMatchObject({ same: false });
      const above = await verify(madeUpImage([axis(3)]), madeUpImage([near(3, 0.41)]));
      expect(above.body).toMatchObject({ same: true });
    });

    it('compares an image with itself', async () => {
      const { body } = await verify(madeUpImage([axis(3)]), madeUpImage([axis(3)]));
      expect(body).toMatchObject({ same: true });
    });

    it('compares an image with a person, and raises the threshold with the number of templates', async () => {
      const ada = await verifyPerson(madeUpImage([near(0, 0.6)]), 'ada');
      expect(ada.body).toMatchObject({
        same: true,
        faces: [{ facesFound: 1 }, { personId: 'ada', name: 'Ada', templates: 2 }],
      });
      const { threshold } = recognitionHttp.verify.response.parse(ada.body);
      expect(threshold).toBeGreaterThan(0.4);
      const bob = await verifyPerson(madeUpImage([near(0, 0.6)]), 'bob');
      expect(bob.body).toMatchObject({ same: false, threshold: 0.4 });
    });

    it('uses the largest of several faces and reports their number', async () => {
      const { body } = await verify(madeUpImage([axis(3), axis(4)]), madeUpImage([axis(3)]));
      expect(body).toMatchObject({ same: true, faces: [{ facesFound: 2 }, { facesFound: 1 }] });
    });

    it.each([
      ['NO_FACE', 'image2', madeUpImage([axis(3)]), madeUpImage([])],
      ['NO_FACE', 'image1', madeUpImage([]), madeUpImage([axis(3)])],
      ['FACE_UNUSABLE', 'image2', madeUpImage([axis(3)]), madeUpImage([], { unusable: ['blur'] })],
      ['IMAGE_DAMAGED', 'image1', new Blob(['text']), madeUpImage([axis(3)])],
    ])('answers with %s and names the field %s', async (code, field, one, other) => {
      expect(await verify(one, other)).toMatchObject({
        status: 422,
        body: { error: { code, details: { field } } },
      });
      expect(await queryImages()).toEqual([]);
    });

    it('reports a missing field', async () => {
      const image1 = madeUpImage([axis(3)]);
      expect(await post('/v1/verify', imageForm({ image1 }))).toMatchObject({
        status: 400,
        body: { error: { code: 'IMAGE_MISSING' } },
      });
      const both = imageForm({ image1, image2: image1 }, { personId: 'ada' });
      expect(await post('/v1/verify', both)).toMatchObject({ status: 400 });
      expect(await verifyPerson(image1, 'nobody')).toMatchObject({
        status: 404,
        body: { error: { code: 'PERSON_NOT_FOUND' } },
      });
    });

    it('reports that a person without a photograph cannot be compared', async () => {
      await post('/v1/people', { name: 'Empty', id: 'empty' });
      expect(await verifyPerson(madeUpImage([axis(3)]), 'empty')).toMatchObject({
        status: 422,
        body: { error: { code: 'NO_TEMPLATES' } },
      });
    });
  });

  describe('POST /v1/identify', () => {
    const identify = (image: Blob, fields: Record<string, string> = {}) =>
      post('/v1/identify', imageForm({ image }, fields));

    it('returns the best people and the decision for every face', async () => {
      const image = madeUpImage([near(0, 0.9, 1), axis(7)], { unusable: ['too small'] });
      const { status, body } = await identify(image);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        width: 640,
        height: 480,
        space: 'test@1+none',
        metric: 'cosine',
        // With three templates, each may use a third of the false-accept rate 0.001.
        threshold: expect.closeTo(0.4 + 0.1 * Math.log10(3), 5),
        thresholdBasis: 'measured',
        faces: [
          { decision: 'person', reason: null, box: { x: 0 } },
          { decision: 'unknown', reason: 'below-threshold', box: { x: 60 } },
        ],
        unusable: [{ reason: 'too small' }],
      });
      const [face] = recognitionHttp.identify.response.parse(body).faces;
      expect(face!.candidates.map(({ personId }) => personId)).toEqual(['ada', 'bob']);
      expect(face!.candidates[0]!.score).toBeGreaterThan(0.89);
    });

    it('returns no more people than requested', async () => {
      const { body } = await identify(madeUpImage([axis(0)]), { limit: '1' });
      const { faces } = recognitionHttp.identify.response.parse(body);
      expect(faces[0]!.candidates).toHaveLength(1);
      expect(await identify(madeUpImage([axis(0)]), { limit: '0' })).toMatchObject({ status: 400 });
    });

    it('returns an empty list for an image without faces', async () => {
      expect(await identify(madeUpImage([]))).toMatchObject({ status: 200, body: { faces: [] } });
    });

    it('answers concurrent requests with the same image, and deletes the image', async () => {
      const image = () => madeUpImage([axis(0)], { salt: 'rush' });
      const answers = await Promise.all(Array.from({ length: 12 }, () => identify(image())));
      expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
      expect(await queryImages()).toEqual([]);
    });

    it('records no sightings and no events', async () => {
      await identify(madeUpImage([axis(0)]));
      const { body } = await callApi(matcher.url, 'GET', '/v1/sightings');
      expect(body).toEqual({ sightings: [], cursor: null });
      expect(await redis.exists('sightline:events')).toBe(0);
    });
  });

  it('answers with an error at the deadline, deletes the image, and answers later requests', async () => {
    await embedder.close();
    const form = () => imageForm({ image: madeUpImage([axis(0)]) });
    const started = Date.now();
    expect(await post('/v1/identify', form())).toMatchObject({
      status: 504,
      body: { error: { code: 'DEADLINE_EXCEEDED' } },
    });
    expect(Date.now() - started).toBeGreaterThanOrEqual(DEADLINE_MS - 50);
    expect(await queryImages()).toEqual([]);
    embedder = startStandInEmbedder(redis, folders.uploads);
    expect((await post('/v1/identify', form())).status).toBe(200);
  });

  it('deletes only query images that a crash left behind', async () => {
    const folder = path.join(folders.uploads, 'queries');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'old'), 'x');
    await writeFile(path.join(folder, 'new'), 'x');
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(path.join(folder, 'old'), hourAgo, hourAgo);
    expect(await matcher.app.get(QuerySweeper).sweep(Date.now())).toBe(1);
    expect(await waitUntil('sweep', queryImages)).toEqual(['new']);
  });
});
