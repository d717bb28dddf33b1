import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QdrantClient } from '@qdrant/js-client-rest';
import { type Redis } from 'ioredis';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { galleryHttp } from '#shared/contracts/http/gallery.http.js';
import { peopleHttp } from '#shared/contracts/http/people.http.js';
import { recognitionHttp } from '#shared/contracts/http/recognition.http.js';
import { imageId } from '#shared/contracts/image-ref.js';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { vectorStoreConfigShape } from '../../apps/matcher/src/vectors/vector-store.config.js';
import { createVectorStore } from '../../apps/matcher/src/vectors/vector-store.factory.js';
import { callApi, imageForm } from '../support/call-api.js';
import { matchFacesJob } from '../support/faces.js';
import { startQdrantDouble } from '../support/qdrant-double.js';
import { madeUpImage, startStandInEmbedder } from '../support/stand-in-embedder.js';
import { startApp } from '../support/start-app.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { TEST_SPACE, writeTestPack } from '../support/test-pack.js';
import { axis, TEST_DIMENSION } from '../support/vectors.js';
import { waitUntil } from '../support/wait-until.js';

const OTHER_SPACE = 'other@1+none';

describe('a gallery', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let matcher: Awaited<ReturnType<typeof startMatcher>>;
  let embedder: ReturnType<typeof startStandInEmbedder>;
  let beforeEmbedding: () => Promise<void>;
  let tenantHeaders: Readonly<Record<string, string>> = {};

  beforeEach(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    await addOtherPack();
    redis = connectRedis(server.url, 'test');
    beforeEmbedding = () => Promise.resolve();
    embedder = startStandInEmbedder(redis, folders.uploads, () => beforeEmbedding());
    tenantHeaders = {};
    matcher = await startMatcher(folders.env);
  });

  afterEach(async () => {
    await matcher.close();
    await embedder.close();
    await redis.quit();
    await server.stop();
    await folders.remove();
  });

  /** Adds a pack that differs from the test pack only in its name and space. */
  async function addOtherPack() {
    const aside = path.join(folders.root, 'aside');
    await writeTestPack(aside);
    const text = await readFile(path.join(aside, 'test/manifest.json'), 'utf8');
    await mkdir(path.join(folders.root, 'models/other'));
    await writeFile(
      path.join(folders.root, 'models/other/manifest.json'),
      text.replace('"name":"test"', '"name":"other"').replace(TEST_SPACE, OTHER_SPACE),
    );
  }

  const other = () => ({ ...folders.env, MODEL_PACK: 'other' });

  async function switchTo(env: Readonly<Record<string, string>>) {
    await matcher.close();
    matcher = await startMatcher(env);
  }

  const call = (method: string, route: string, body?: unknown) =>
    callApi(matcher.url, method, route, body, tenantHeaders);

  async function enrol(name: string, ...photographs: Blob[]): Promise<string> {
    const { body } = await call('POST', '/v1/people', { name });
    const { id } = peopleHttp.create.response.parse(body);
    for (const image of photographs) {
      const answer = await call('POST', `/v1/people/${id}/templates`, imageForm({ image }));
      expect(answer.status).toBe(201);
    }
    return id;
  }

  const readRebuild = async () =>
    galleryHttp.read.response.parse((await call('GET', '/v1/gallery/rebuild')).body);

  async function rebuild() {
    expect((await call('POST', '/v1/gallery/rebuild')).status).toBe(202);
    return waitUntil('the gallery to be embedded again', async () => {
      const view = await readRebuild();
      return (view.state === 'done' || view.state === 'failed') && view;
    });
  }

  const templatesOf = async (id: string) =>
    peopleHttp.read.response.parse((await call('GET', `/v1/people/${id}`)).body).templates;

  /** Templates of a person in a space's store. No matcher may have the store open. */
  async function storedIn(space: string, personId: string, rest: Record<string, string> = {}) {
    const env = { ...folders.env, ...rest };
    const settings = loadConfig(z.object(vectorStoreConfigShape), env);
    const store = createVectorStore(settings, space, TEST_DIMENSION);
    await store.open();
    const templates = await store.listTemplates('default', personId);
    await store.close();
    return templates;
  }

  const identified = async (vector: Float32Array) =>
    recognitionHttp.identify.response.parse(
      (await call('POST', '/v1/identify', imageForm({ image: madeUpImage([vector]) }))).body,
    );

  const mismatch = {
    status: 409,
    body: { error: { code: 'GALLERY_SPACE_MISMATCH', details: { space: OTHER_SPACE } } },
  };

  it('needs no rebuild in a new space when nobody is enrolled', async () => {
    await switchTo(other());
    expect((await call('GET', '/health/ready')).status).toBe(200);
    await enrol('Ada', madeUpImage([axis(0)]));
    expect((await identified(axis(0))).faces).toMatchObject([{ decision: 'person' }]);
  });

  it('needs no rebuild in a new space when everybody was deleted', async () => {
    const ada = await enrol('Ada', madeUpImage([axis(0)]));
    await call('DELETE', `/v1/people/${ada}`);
    await switchTo(other());
    await enrol('Bea', madeUpImage([axis(1)]));
    expect((await call('GET', '/health/ready')).status).toBe(200);
  });

  it('reports that it must be rebuilt, and refuses decisions, in a space without its templates', async () => {
    const ada = await enrol('Ada', madeUpImage([axis(0)]));
    await switchTo(other());
    const ready = await call('GET', '/health/ready');
    expect(ready.status).toBe(503);
    const text = JSON.stringify(ready.body);
    for (const words of [TEST_SPACE, OTHER_SPACE, 'models use other --rebuild'])
      expect(text).toContain(words);

    const image = madeUpImage([axis(0)]);
    const enrolment = call('POST', `/v1/people/${ada}/templates`, imageForm({ image }));
    expect(await enrolment).toMatchObject(mismatch);
    const identify = call('POST', '/v1/identify', imageForm({ image }));
    expect(await identify).toMatchObject(mismatch);
    const verify = call('POST', '/v1/verify', imageForm({ image1: image }, { personId: ada }));
    expect(await verify).toMatchObject(mismatch);
    expect(await call('POST', `/v1/people/${ada}/search`, {})).toMatchObject(mismatch);
    const pair = imageForm({ image1: image, image2: image });
    expect(await call('POST', '/v1/verify', pair)).toMatchObject({ body: { same: true } });
  });

  it('is embedded again by a rebuild, after which waiting images are decided', async () => {
    const ada = await enrol('Ada', madeUpImage([axis(0)]), madeUpImage([axis(0)], { salt: '2' }));
    await enrol('Bea', madeUpImage([axis(1)]));
    await switchTo(other());
    const producer = new ContractProducer<MatchFacesPayload, null>(matchFacesContract, redis);
    const job = matchFacesJob('seen.jpg', [axis(0)], { space: OTHER_SPACE });
    const waiting = { ...job, imageId: imageId('default', job.image, OTHER_SPACE) };
    await producer.add(waiting);
    await waitUntil('the job to wait', async () => (await producer.counts()).delayed === 1);
    const ledger = new OutcomeLedger(redis);
    expect(await ledger.isFinished(waiting.imageId)).toBe(false);
    expect(await readRebuild()).toMatchObject({ needed: true, state: 'none' });

    expect(await rebuild()).toMatchObject({
      space: OTHER_SPACE,
      people: 2,
      left: 0,
      embedded: 3,
      failed: 0,
      failures: [],
      state: 'done',
    });
    await waitUntil('readiness', async () => (await call('GET', '/health/ready')).status === 200);
    expect(await readRebuild()).toMatchObject({ needed: false });
    expect(await templatesOf(ada)).toHaveLength(2);
    expect((await identified(axis(0))).faces[0]).toMatchObject({
      decision: 'person',
      candidates: [{ name: 'Ada' }, {}],
    });
    await waitUntil('the job to be decided', () => ledger.isFinished(waiting.imageId));
    const { body } = await call('GET', `/v1/sightings?personId=${ada}`);
    expect(body).toMatchObject({ sightings: [{ imageId: waiting.imageId }] });
    await producer.close();
    // A person who is deleted after the return to the first space is also deleted from the other space.
    await switchTo(folders.env);
    await call('DELETE', `/v1/people/${ada}`);
    await matcher.close();
    expect(await storedIn(OTHER_SPACE, ada)).toEqual([]);
    matcher = await startMatcher(folders.env);
  });

  it('is not ready when its vectors were removed, says how to rebuild, and decides nothing before', async () => {
    const ada = await enrol('Ada', madeUpImage([axis(0)]), madeUpImage([axis(0)], { salt: '2' }));
    await matcher.close();
    await rm(path.join(folders.root, 'vectors'), { recursive: true });
    matcher = await startMatcher(folders.env);
    const ready = await call('GET', '/health/ready');
    expect(ready.status).toBe(503);
    expect(JSON.stringify(ready.body)).toContain('GALLERY_LOST');
    expect(JSON.stringify(ready.body)).toContain('models use test --rebuild');
    const image = madeUpImage([axis(0)]);
    const lost = { status: 409, body: { error: { code: 'GALLERY_LOST' } } };
    expect(await call('POST', '/v1/identify', imageForm({ image }))).toMatchObject(lost);
    const more = call('POST', `/v1/people/${ada}/templates`, imageForm({ image }));
    expect(await more).toMatchObject(lost);
    const producer = new ContractProducer<MatchFacesPayload, null>(matchFacesContract, redis);
    const waiting = matchFacesJob('seen.jpg', [axis(0)]);
    await producer.add(waiting);
    await waitUntil('the job to wait', async () => (await producer.counts()).delayed === 1);
    expect(await readRebuild()).toMatchObject({ needed: true });

    expect(await rebuild()).toMatchObject({ state: 'done', people: 1, embedded: 2, failed: 0 });
    await waitUntil('readiness', async () => (await call('GET', '/health/ready')).status === 200);
    const ledger = new OutcomeLedger(redis);
    await waitUntil('the job to be decided', () => ledger.isFinished(waiting.imageId));
    const { body } = await call('GET', `/v1/sightings?personId=${ada}`);
    expect(body).toMatchObject({ sightings: [{ imageId: waiting.imageId }] });
    await producer.close();
  });

  it('is ready again when its vectors are put back', async () => {
    await enrol('Ada', madeUpImage([axis(0)]));
    await matcher.close();
    const vectors = path.join(folders.root, 'vectors');
    await rename(vectors, `${vectors}-away`);
    matcher = await startMatcher(folders.env);
    expect((await call('GET', '/health/ready')).status).toBe(503);
    await matcher.close();
    await rm(vectors, { recursive: true });
    await rename(`${vectors}-away`, vectors);
    matcher = await startMatcher(folders.env);
    expect((await call('GET', '/health/ready')).status).toBe(200);
    expect((await identified(axis(0))).faces).toMatchObject([{ decision: 'person' }]);
  });

  it('notices lost vectors after an upgrade from a version that did not keep account of them', async () => {
    await enrol('Ada', madeUpImage([axis(0)]));
    await matcher.close();
    await redis.del(`sightline:gallery:templates:${TEST_SPACE}`);
    await rm(path.join(folders.root, 'vectors'), { recursive: true });
    matcher = await startMatcher(folders.env);
    expect((await call('GET', '/health/ready')).status).toBe(503);
  });

  it.each(['the last template', 'the last person', 'a person who was never enrolled'])(
    'is ready without vectors after %s',
    async (what) => {
      const { body } = await call('POST', '/v1/people', { name: 'Nobody' });
      const nobody = (body as { id: string }).id;
      if (what !== 'a person who was never enrolled') {
        const ada = await enrol('Ada', madeUpImage([axis(0)]));
        const person = (await call('GET', `/v1/people/${ada}`)).body as {
          templates: { id: string }[];
        };
        const template = `/v1/people/${ada}/templates/${person.templates[0]!.id}`;
        const route = what === 'the last person' ? `/v1/people/${ada}` : template;
        expect((await call('DELETE', route)).status).toBe(204);
      } else {
        // An embedder that fails leaves the photograph for the next attempt.
        await switchTo({ ...folders.env, QUERY_DEADLINE_MS: '1000' });
        beforeEmbedding = () =>
          Promise.reject(
            new PipelineError('INFERENCE_FAILED', 'no', { stage: 'embed', class: 'retry' }),
          );
        const image = madeUpImage([axis(0)]);
        const route = `/v1/people/${nobody}/templates`;
        expect((await call('POST', route, imageForm({ image }))).status).toBeGreaterThan(499);
      }
      await switchTo(folders.env);
      expect((await call('GET', '/health/ready')).status).toBe(200);
    },
  );

  it('keeps the previous space, so that a return to it embeds only new people', async () => {
    const ada = await enrol('Ada', madeUpImage([axis(0)]), madeUpImage([axis(0)], { salt: '2' }));
    const bea = await enrol('Bea', madeUpImage([axis(1)]));
    await switchTo(other());
    await rebuild();
    const [first] = await templatesOf(ada);
    await call('DELETE', `/v1/people/${ada}/templates/${first!.id}`);
    await call('DELETE', `/v1/people/${bea}`);
    const cleo = await enrol('Cleo', madeUpImage([axis(2)]));

    await matcher.close();
    // Deleted people and photographs are deleted from the previous space at once.
    expect(await storedIn(TEST_SPACE, ada)).toHaveLength(1);
    expect(await storedIn(TEST_SPACE, bea)).toEqual([]);
    matcher = await startMatcher(folders.env);
    expect((await call('GET', '/health/ready')).status).toBe(503);
    const seen = embedder.seen.length;
    expect(await rebuild()).toMatchObject({ state: 'done', people: 2, embedded: 2 });
    expect(embedder.seen.slice(seen).map(({ image }) => image.key)).toEqual([
      expect.stringContaining(`enrolments/default/${cleo}/`),
    ]);
    const keys = (await templatesOf(ada)).map(({ image }) => image.key);
    expect(keys).toHaveLength(1);
    expect(keys).not.toContain(first!.image.key);
    expect((await readRebuild()).kept).toEqual([
      { space: OTHER_SPACE, place: expect.stringContaining(path.join(folders.root, 'vectors')) },
    ]);
    const names = (await identified(axis(1))).faces[0]!.candidates.map(({ name }) => name);
    expect(names.sort()).toEqual(['Ada', 'Cleo']);
  });

  it('deletes people from previous Qdrant collections too, and accepts that a collection was dropped', async () => {
    const double = await startQdrantDouble({ openApiFile: process.env.SIGHTLINE_QDRANT_OPENAPI });
    const qdrant = { QDRANT_URL: double.url };
    await switchTo({ ...folders.env, ...qdrant });
    const ada = await enrol('Ada', madeUpImage([axis(0)]));
    await enrol('Bea', madeUpImage([axis(1)]));
    await switchTo({ ...other(), ...qdrant });
    expect(await rebuild()).toMatchObject({
      kept: [{ space: TEST_SPACE, place: expect.stringContaining('sightline_test-1-none-') }],
    });
    expect(await storedIn(TEST_SPACE, ada, qdrant)).toHaveLength(1);
    await call('DELETE', `/v1/people/${ada}`);
    expect(await storedIn(TEST_SPACE, ada, qdrant)).toEqual([]);
    const client = new QdrantClient({ url: double.url, checkCompatibility: false });
    const [templates] = (await client.getAliases()).aliases.filter(({ alias_name }) =>
      alias_name.startsWith('sightline_test-'),
    );
    await client.deleteCollection(templates!.collection_name);
    expect((await readRebuild()).kept).toEqual([]);
    expect(double.violations).toEqual([]);
    await double.stop();
  });

  it('keeps photographs that cannot be embedded, and lists them', async () => {
    const ada = await enrol('Ada', madeUpImage([axis(0)]), madeUpImage([axis(0)], { salt: '2' }));
    const folder = path.join(folders.uploads, 'enrolments/default', ada);
    const [broken] = await readdir(folder);
    await writeFile(path.join(folder, broken!), 'no image any more');
    await switchTo(other());
    expect(await rebuild()).toMatchObject({
      state: 'done',
      embedded: 1,
      failed: 1,
      failures: [
        {
          personId: ada,
          name: 'Ada',
          code: 'IMAGE_DAMAGED',
          photograph: `enrolments/default/${ada}/${broken!}`,
        },
      ],
    });
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('stays in its old space when none of its photographs can be embedded', async () => {
    const ada = await enrol('Ada', madeUpImage([axis(0)]));
    const folder = path.join(folders.uploads, 'enrolments/default', ada);
    await writeFile(path.join(folder, (await readdir(folder))[0]!), 'no image any more');
    await switchTo(other());
    expect(await rebuild()).toMatchObject({ state: 'failed', embedded: 0, failed: 1 });
    expect((await call('GET', '/health/ready')).status).toBe(503);
    await switchTo(folders.env);
    expect((await call('GET', '/health/ready')).status).toBe(200);
  });

  it('waits with its rebuild while the embedders use another pack', async () => {
    await enrol('Ada', madeUpImage([axis(0)]));
    await switchTo(other());
    let isWrong = true;
    beforeEmbedding = async () => {
      const options = { stage: 'match', class: 'quarantine' } as const;
      if (isWrong) throw new PipelineError('SPACE_MISMATCH', 'of another pack', options);
      return Promise.resolve();
    };
    await call('POST', '/v1/gallery/rebuild');
    const code = await waitUntil('word', async () => (await readRebuild()).waitsFor?.code);
    expect(code).toBe('SPACE_MISMATCH');
    isWrong = false;
    expect(await rebuild()).toMatchObject({ state: 'done', embedded: 1, failed: 0 });
  });

  it('is rebuilt for every tenant, and shows each tenant only its own failures', async () => {
    const keys = { a: 'key-of-tenant-a-0001', b: 'key-of-tenant-b-0001' };
    const apiKeys = { API_KEYS: `${keys.a}:a,${keys.b}:b` };
    await switchTo({ ...folders.env, ...apiKeys });
    const people: string[] = [];
    for (const key of Object.values(keys)) {
      tenantHeaders = { authorization: `Bearer ${key}` };
      people.push(
        await enrol('Ada', madeUpImage([axis(0)]), madeUpImage([axis(0)], { salt: key })),
      );
    }
    const folder = path.join(folders.uploads, 'enrolments/b', people[1]!);
    await writeFile(path.join(folder, (await readdir(folder))[0]!), 'no image any more');
    await switchTo({ ...other(), ...apiKeys });
    tenantHeaders = { authorization: `Bearer ${keys.a}` };
    expect(await rebuild()).toMatchObject({ people: 2, embedded: 3, failed: 1, failures: [] });
    tenantHeaders = { authorization: `Bearer ${keys.b}` };
    expect((await readRebuild()).failures).toMatchObject([{ personId: people[1] }]);
    expect((await identified(axis(0))).faces).toMatchObject([{ decision: 'person' }]);
  });

  it('continues its rebuild after a matcher was killed', async () => {
    for (let i = 0; i < 12; i++) await enrol(`Person ${i}`, madeUpImage([axis(i)]));
    await matcher.close();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let answered = 0;
    beforeEmbedding = () => (++answered > 3 ? held : Promise.resolve());
    const doomed = await startApp('matcher', other(), 'live');
    await callApi(doomed.url, 'POST', '/v1/gallery/rebuild');
    await waitUntil('some people', async () => {
      const { body } = await callApi(doomed.url, 'GET', '/v1/gallery/rebuild');
      return galleryHttp.read.response.parse(body).embedded === 3;
    });
    await doomed.kill();
    release();
    matcher = await startMatcher(other());
    const end = await waitUntil(
      'the rest',
      async () => {
        const view = await readRebuild();
        return view.state === 'done' && view;
      },
      90_000,
    );
    expect(end).toMatchObject({ people: 12, embedded: 12, failed: 0 });
  }, 120_000);

  describe('without a recorded space', () => {
    const forgetRecords = async () => redis.del(...(await redis.keys('sightline:gallery:*')));

    it('belongs to the space that has templates', async () => {
      await enrol('Ada', madeUpImage([axis(0)]));
      await matcher.close();
      await forgetRecords();
      matcher = await startMatcher(folders.env);
      expect((await call('GET', '/health/ready')).status).toBe(200);
      await switchTo(other());
      expect(JSON.stringify((await call('GET', '/health/ready')).body)).toContain(TEST_SPACE);
    });

    it('belongs to another space when it has photographs but no templates', async () => {
      await enrol('Ada', madeUpImage([axis(0)]));
      await matcher.close();
      await forgetRecords();
      matcher = await startMatcher(other());
      const ready = await call('GET', '/health/ready');
      expect(ready.status).toBe(503);
      expect(JSON.stringify(ready.body)).toContain('another model space');
      expect(await rebuild()).toMatchObject({ state: 'done', embedded: 1 });
    });
  });
});
