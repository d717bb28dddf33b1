import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { type Answer } from '#shared/contracts/http/route.js';
import { sightingsHttp } from '#shared/contracts/http/sightings.http.js';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { callApi, imageForm } from '../support/call-api.js';
import { matchFacesJob } from '../support/faces.js';
import { madeUpImage, startStandInEmbedder } from '../support/stand-in-embedder.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { axis, near } from '../support/vectors.js';
import { waitUntil } from '../support/wait-until.js';

type SightingsPage = Answer<typeof sightingsHttp.list>;

describe('sightings over HTTP', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let matcher: Awaited<ReturnType<typeof startMatcher>>;
  let embedder: ReturnType<typeof startStandInEmbedder>;
  let producer: ContractProducer<MatchFacesPayload, null>;

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
    matcher = await startMatcher(folders.env);
    embedder = startStandInEmbedder(redis, folders.uploads);
    producer = new ContractProducer(matchFacesContract, redis);
    await enrol('Ada', axis(0));
    await see(
      matchFacesJob('ada-1.jpg', [axis(0)]),
      matchFacesJob('ada-2.jpg', [near(0, 0.7)], { observedAt: '2025-06-01T00:00:00Z' }),
      matchFacesJob('stranger.jpg', [axis(5)]),
      matchFacesJob('stranger-again.jpg', [near(5, 0.8)]),
      matchFacesJob('stranger-hardly.jpg', [near(5, 0.42)]),
      matchFacesJob('gate.jpg', [near(5, 0.9)], {
        source: { kind: 'camera', cameraId: 'gate-1' },
        lane: 'live',
      }),
    );
  });

  afterAll(async () => {
    await matcher.close();
    await embedder.close();
    await producer.close();
    await redis.quit();
    await server.stop();
    await folders.remove();
  });

  async function enrol(name: string, vector: Float32Array): Promise<void> {
    const id = name.toLowerCase();
    await callApi(matcher.url, 'POST', '/v1/people', { name, id });
    const form = imageForm({ image: madeUpImage([vector]) });
    await callApi(matcher.url, 'POST', `/v1/people/${id}/templates`, form);
  }

  async function see(...jobs: MatchFacesPayload[]): Promise<void> {
    await producer.addBulk(jobs);
    const ledger = new OutcomeLedger(redis);
    for (const { imageId } of jobs) {
      await waitUntil('outcome', () => ledger.isFinished(imageId));
    }
  }

  async function list(query: string): Promise<SightingsPage> {
    const { body } = await callApi(matcher.url, 'GET', `/v1/sightings?${query}`);
    return sightingsHttp.list.response.parse(body);
  }

  const keys = ({ sightings }: SightingsPage) => sightings.map(({ image }) => image.key).sort();

  it.each([
    ['personId=ada', ['ada-1.jpg', 'ada-2.jpg']],
    ['cameraId=gate-1', ['gate.jpg']],
    ['personId=ada&from=2026-01-01T00:00:00Z', ['ada-1.jpg']],
    ['to=2025-12-31T00:00:00Z', ['ada-2.jpg']],
    ['store=elsewhere', []],
  ])('are listed by the filter %s', async (query, expected) => {
    expect(keys(await list(query))).toEqual(expected);
  });

  it('have the current names of their people', async () => {
    await callApi(matcher.url, 'PATCH', '/v1/people/ada', { name: 'Ada L.' });
    const { sightings } = await list('personId=ada');
    expect(sightings.map(({ personName }) => personName)).toEqual(['Ada L.', 'Ada L.']);
  });

  it('are all listed once over several pages', async () => {
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await list(`limit=4${next}`);
      found.push(...keys(page));
      cursor = page.cursor;
    } while (cursor !== null);
    expect(found).toHaveLength(6);
    expect(new Set(found).size).toBe(6);
  });

  it.each(['limit=0', 'from=yesterday', 'colour=red', 'cursor=nonsense'])(
    'are not listed with the invalid query %s',
    async (query) => {
      const { status } = await callApi(matcher.url, 'GET', `/v1/sightings?${query}`);
      expect(status).toBe(400);
    },
  );

  describe('in a search for a person who was enrolled later', () => {
    const search = (id: string, body: unknown = {}) =>
      callApi(matcher.url, 'POST', `/v1/people/${id}/search`, body);

    it('are ordered by score, without those below the threshold', async () => {
      await enrol('Carl', axis(5));
      const { status, body } = await search('carl');
      expect(status).toBe(200);
      expect(body).toMatchObject({
        person: { id: 'carl', name: 'Carl' },
        metric: 'cosine',
        threshold: expect.closeTo(0.4 + 0.1 * Math.log10(2), 5),
        thresholdBasis: 'measured',
        matches: [
          { sighting: { image: { key: 'stranger.jpg' }, personId: null } },
          { sighting: { image: { key: 'gate.jpg' } } },
          { sighting: { image: { key: 'stranger-again.jpg' } } },
        ],
      });
      const { matches } = sightingsHttp.searchPast.response.parse(body);
      const scores = matches.map(({ score }) => score);
      expect(scores.map((score) => Math.round(score * 100))).toEqual([100, 90, 80]);
    });

    it('are limited to a camera, a time and a number', async () => {
      const matches = async (request: unknown) =>
        sightingsHttp.searchPast.response.parse((await search('carl', request)).body).matches;
      expect(await matches({ cameraId: 'gate-1' })).toHaveLength(1);
      expect(await matches({ to: '2020-01-01T00:00:00Z' })).toEqual([]);
      expect(await matches({ limit: 1 })).toHaveLength(1);
    });

    it('are not searched for a person without a photograph', async () => {
      await callApi(matcher.url, 'POST', '/v1/people', { name: 'Nil', id: 'nil' });
      expect(await search('nil')).toMatchObject({
        status: 422,
        body: { error: { code: 'NO_TEMPLATES' } },
      });
      expect(await search('nobody')).toMatchObject({ status: 404 });
    });
  });

  it('remain without a name when their person is deleted', async () => {
    await callApi(matcher.url, 'DELETE', '/v1/people/ada');
    expect(keys(await list('personId=ada'))).toEqual([]);
    const { sightings } = await list('');
    expect(sightings).toHaveLength(6);
    expect(sightings.every(({ personName }) => personName === null)).toBe(true);
  });
});
