import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type CountedPerson } from '#shared/contracts/http/people.http.js';
import { type MatchEvent, matchEventSchema } from '#shared/contracts/match-event.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { MatchFacesService } from '../../apps/matcher/src/sightings/match-faces.service.js';
import { VECTOR_STORE } from '../../apps/matcher/src/tokens.js';
import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { callApi, imageForm } from '../support/call-api.js';
import { matchFacesJob } from '../support/faces.js';
import { madeUpImage, startStandInEmbedder } from '../support/stand-in-embedder.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { axis, near } from '../support/vectors.js';

describe('a person who is deleted', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let matcher: Awaited<ReturnType<typeof startMatcher>>;
  let embedder: ReturnType<typeof startStandInEmbedder>;
  let store: VectorStore;
  /** Runs once, while the next photograph is embedded. */
  let meanwhile: () => Promise<void>;

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
    matcher = await startMatcher(folders.env);
    store = matcher.app.get<VectorStore>(VECTOR_STORE);
    embedder = startStandInEmbedder(redis, folders.uploads, async () => {
      const now = meanwhile;
      meanwhile = () => Promise.resolve();
      await now();
    });
  });

  beforeEach(() => {
    meanwhile = () => Promise.resolve();
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
    ((await call('POST', '/v1/people', { name })).body as CountedPerson).id;
  const enrol = (id: string, vector: Float32Array) =>
    call('POST', `/v1/people/${id}/templates`, imageForm({ image: madeUpImage([vector]) }));
  const remove = async (id: string) => {
    expect((await call('DELETE', `/v1/people/${id}`)).status).toBe(204);
  };
  const photosOf = (id: string) =>
    readdir(path.join(folders.uploads, 'enrolments/default', id)).catch(() => []);

  async function eventsOf(imageId: string): Promise<MatchEvent[]> {
    const entries = await redis.xrange(EVENT_STREAM, '-', '+');
    return entries
      .map(([, fields]) => matchEventSchema.parse(JSON.parse(fields[3]!)))
      .filter(({ data }) => data.imageId === imageId);
  }

  /** Handles a job; `between` runs after the search and before the sightings are written. */
  async function handle(job: ReturnType<typeof matchFacesJob>, between: () => Promise<void>) {
    const write = store.upsertSightings.bind(store);
    let writes = 0;
    store.upsertSightings = async (sightings) => {
      if (writes++ === 0) await between();
      await write(sightings);
    };
    try {
      await matcher.app.get(MatchFacesService).handle(job);
    } finally {
      store.upsertSightings = write;
    }
    const { items } = await store.listSightings('default', {}, { limit: 1_000 });
    return items.filter(({ imageId }) => imageId === job.imageId);
  }

  it('between the search and the write of a sighting stays on no sighting and in no event', async () => {
    const id = await create('Gone');
    await enrol(id, axis(0));
    const job = matchFacesJob('deleted.jpg', [near(0, 0.9)]);
    const sightings = await handle(job, () => remove(id));
    expect(sightings.map(({ personId }) => personId)).toEqual([null]);
    const events = await eventsOf(job.imageId);
    expect(events.map(({ data }) => data.person)).toEqual([null]);
    expect(JSON.stringify(events)).not.toContain(id);
  });

  it('between the search and the write leaves the face to the next best person', async () => {
    const first = await create('First');
    const second = await create('Second');
    await enrol(first, axis(2));
    await enrol(second, near(2, 0.8));
    const job = matchFacesJob('second.jpg', [axis(2)]);
    const sightings = await handle(job, () => remove(first));
    expect(sightings.map(({ personId }) => personId)).toEqual([second]);
    const events = await eventsOf(job.imageId);
    expect(events.map(({ data }) => data.person?.personId)).toEqual([second]);
  });

  it.each<[string, (id: string) => void]>([
    [
      'before its face is found',
      (id) => {
        meanwhile = () => remove(id);
      },
    ],
    [
      'before its template is written',
      (id) => {
        const write = store.upsertTemplates.bind(store);
        store.upsertTemplates = async (templates) => {
          store.upsertTemplates = write;
          await remove(id);
          await write(templates);
        };
      },
    ],
  ])('while a photograph is enrolled, %s, leaves nothing behind', async (when, arrange) => {
    const name = `Brief ${when}`;
    const id = await create(name);
    arrange(id);
    expect(await enrol(id, axis(4))).toMatchObject({
      status: 404,
      body: { error: { code: 'PERSON_NOT_FOUND' } },
    });
    expect(await store.listTemplates('default', id)).toEqual([]);
    expect(await photosOf(id)).toEqual([]);
    // Whoever gets the name next inherits nothing.
    expect(await create(name)).toBe(id);
    expect(await call('GET', `/v1/people/${id}`)).toMatchObject({ body: { templates: [] } });
  });
});
