import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { cohortStatistics, normalisedScore } from '#models/scoring/as-norm.js';
import { sightingsHttp } from '#shared/contracts/http/sightings.http.js';
import { type MatchEvent, matchEventSchema } from '#shared/contracts/match-event.contract.js';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { VECTOR_STORE } from '../../apps/matcher/src/tokens.js';
import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { callApi, imageForm } from '../support/call-api.js';
import { matchFacesJob } from '../support/faces.js';
import { madeUpImage, startStandInEmbedder } from '../support/stand-in-embedder.js';
import { DIST } from '../support/start-app.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { TEST_NORMALISATION, writeNormalisedTestPack } from '../support/test-pack.js';
import { cosine, randomUnitVector } from '../support/vector-records.js';
import { axis, near, TEST_DIMENSION } from '../support/vectors.js';
import { waitUntil } from '../support/wait-until.js';

/** Thresholds of AS-norm scores at the false-accept rates 0.001 and 0.0001. */
const THRESHOLDS = [4, 5] as const;

const random = seededRandom(23);

/** Strangers in random directions, and 30 strangers who are similar to axis 2. */
const STRANGERS = [
  ...Array.from({ length: 60 }, () => randomUnitVector(random, TEST_DIMENSION)),
  ...Array.from({ length: 30 }, (_, i) => near(2, 0.55 + 0.01 * i, 3 + (i % 10))),
];
const OTHER_STRANGERS = Array.from({ length: 50 }, () => randomUnitVector(random, TEST_DIMENSION));

/** The score of two faces, computed by a comparison with every stranger. */
function scoreOf(one: Float32Array, other: Float32Array, strangers = STRANGERS): number {
  const [mine, theirs] = [one, other].map((face) => {
    const similarities = strangers.map((stranger) => cosine(face, stranger));
    return cohortStatistics(similarities, TEST_NORMALISATION)!;
  });
  return normalisedScore(cosine(one, other), mine!, theirs!);
}

describe('scores that are normalised by a cohort', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let matcher: Awaited<ReturnType<typeof startMatcher>>;
  let embedder: ReturnType<typeof startStandInEmbedder>;
  let producer: ContractProducer<MatchFacesPayload, null>;

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    await writePack(STRANGERS);
    redis = connectRedis(server.url, 'test');
    producer = new ContractProducer(matchFacesContract, redis);
    matcher = await startMatcher(folders.env);
    embedder = startStandInEmbedder(redis, folders.uploads);
    await enrol('lone', axis(0));
    await enrol('crowded', axis(2));
  });

  afterAll(async () => {
    await matcher.close();
    await embedder.close();
    await producer.close();
    await redis.quit();
    await server.stop();
    await folders.remove();
  });

  const writePack = (strangers: readonly Float32Array[]) =>
    writeNormalisedTestPack(path.join(folders.root, 'models'), strangers, THRESHOLDS);
  const post = (route: string, body: unknown) => callApi(matcher.url, 'POST', route, body);
  const store = () => matcher.app.get<VectorStore>(VECTOR_STORE);

  async function enrol(id: string, face: Float32Array): Promise<void> {
    await post('/v1/people', { name: id, id });
    const form = imageForm({ image: madeUpImage([face]) });
    expect((await post(`/v1/people/${id}/templates`, form)).status).toBe(201);
  }

  async function see(...jobs: MatchFacesPayload[]): Promise<MatchEvent['data'][]> {
    const ledger = new OutcomeLedger(redis);
    await producer.addBulk(jobs);
    for (const { imageId } of jobs) await waitUntil('outcome', () => ledger.isFinished(imageId));
    const wanted = new Set(jobs.map(({ imageId }) => imageId));
    return (await redis.xrange(EVENT_STREAM, '-', '+'))
      .map(([, fields]) => matchEventSchema.parse(JSON.parse(fields[3]!)).data)
      .filter(({ imageId }) => wanted.has(imageId));
  }

  it('decide who is named, instead of the similarity', async () => {
    const [ofLone, ofCrowded] = [near(0, 0.8), near(2, 0.81)];
    const [lone, crowded] = [
      (await see(matchFacesJob('lone.jpg', [ofLone])))[0]!,
      (await see(matchFacesJob('crowded.jpg', [ofCrowded])))[0]!,
    ];
    expect(lone).toMatchObject({
      metric: 'as-norm',
      person: { personId: 'lone' },
      reason: null,
      threshold: expect.closeTo(4 + Math.log10(2), 5),
    });
    expect(lone.person!.score).toBeCloseTo(scoreOf(ofLone, axis(0)), 3);
    expect(crowded).toMatchObject({
      metric: 'as-norm',
      person: null,
      reason: 'below-threshold',
      runnerUp: { personId: 'crowded' },
    });
    expect(crowded.runnerUp!.score).toBeCloseTo(scoreOf(ofCrowded, axis(2)), 3);
    const { body } = await callApi(matcher.url, 'GET', '/v1/sightings');
    const { sightings } = sightingsHttp.list.response.parse(body);
    expect(sightings.map(({ metric }) => metric)).toEqual(['as-norm', 'as-norm']);
    const scores = sightings.map(({ score }) => score!).toSorted((a, b) => a - b);
    expect(scores[0]).toBeCloseTo(crowded.runnerUp!.score, 5);
    expect(scores[1]).toBeCloseTo(lone.person!.score, 5);
  });

  it('are the scores of identify', async () => {
    const face = near(0, 0.8);
    const { body } = await post('/v1/identify', imageForm({ image: madeUpImage([face]) }));
    expect(body).toMatchObject({
      metric: 'as-norm',
      threshold: expect.closeTo(4 + Math.log10(2), 5),
      faces: [
        {
          decision: 'person',
          candidates: [
            { personId: 'lone', score: expect.closeTo(scoreOf(face, axis(0)), 3) },
            { personId: 'crowded', score: expect.closeTo(scoreOf(face, axis(2)), 3) },
          ],
        },
      ],
    });
  });

  it.each([
    ['somebody who is similar to few strangers', 0, 0.8, true],
    ['somebody who is similar to many strangers', 2, 0.81, false],
  ])(
    'decide whether two photographs show the same person: %s',
    async (_, place, similarity, same) => {
      const [one, other] = [near(place, similarity), axis(place)];
      const score = scoreOf(one, other);
      const expected = {
        status: 200,
        body: {
          same,
          metric: 'as-norm',
          score: expect.closeTo(score, 3),
          threshold: 4,
          similarity: expect.closeTo(similarity, 5),
          distance: expect.closeTo(1 - similarity, 5),
        },
      };
      const both = imageForm({ image1: madeUpImage([one]), image2: madeUpImage([other]) });
      expect(await post('/v1/verify', both)).toMatchObject(expected);
      const personId = place === 0 ? 'lone' : 'crowded';
      const claim = imageForm({ image1: madeUpImage([one]) }, { personId });
      expect(await post('/v1/verify', claim)).toMatchObject(expected);
    },
  );

  it('are the scores of a search in the sightings', async () => {
    const [ofLone, ofCrowded] = [near(0, 0.7, 9), near(2, 0.8, 9)];
    await see(matchFacesJob('past.jpg', [ofLone, ofCrowded]));
    const { body } = await post('/v1/people/lone/search', {});
    expect(body).toMatchObject({
      metric: 'as-norm',
      matches: [{ sighting: { metric: 'as-norm' } }, { sighting: { image: { key: 'past.jpg' } } }],
    });
    const { matches } = sightingsHttp.searchPast.response.parse(body);
    expect(matches.map(({ score }) => score)).toEqual([
      expect.closeTo(scoreOf(near(0, 0.8), axis(0)), 3),
      expect.closeTo(scoreOf(ofLone, axis(0)), 3),
    ]);
    expect((await post('/v1/people/crowded/search', {})).body).toMatchObject({ matches: [] });
  });

  it('need few searches in the cohort for many faces', async () => {
    const calls: number[] = [];
    const search = store().searchCohort.bind(store());
    store().searchCohort = (sha256, queries) => {
      calls.push(queries.length);
      return search(sha256, queries);
    };
    const jobs = Array.from({ length: 200 }, (_, i) => matchFacesJob(`many-${i}.jpg`, [axis(0)]));
    await see(...jobs);
    store().searchCohort = search;
    // One search for each face. The statistics of the templates are already stored.
    expect(calls.reduce((sum, count) => sum + count, 0)).toBe(200);
    expect(calls.length).toBeLessThan(100);
  });

  it('are still right after a matcher with another calibration replaced the cohort', async () => {
    await store().putCohort({ sha256: 'f'.repeat(64), vectors: [axis(1), axis(3)] });
    const [event] = await see(matchFacesJob('again.jpg', [near(0, 0.8)]));
    expect(event!.person!.score).toBeCloseTo(scoreOf(near(0, 0.8), axis(0)), 3);
  });

  it('need no new photographs after a calibration with another cohort', async () => {
    const before = await store().listTemplates('default', 'lone');
    await matcher.close();
    await writePack(OTHER_STRANGERS);
    matcher = await startMatcher(folders.env);
    const face = near(0, 0.8, 5);
    const expected = scoreOf(face, axis(0), OTHER_STRANGERS);
    expect(expected).not.toBeCloseTo(scoreOf(face, axis(0)), 1);
    const [event] = await see(matchFacesJob('recalibrated.jpg', [face]));
    expect(event!.person!.score).toBeCloseTo(expected, 3);
    const after = await store().listTemplates('default', 'lone');
    expect(after[0]!.statistics).not.toEqual(before[0]!.statistics);
    expect({ ...after[0], statistics: null }).toEqual({ ...before[0], statistics: null });
    // The new statistics are stored, so the next face does not read the templates.
    const reads: unknown[] = [];
    const get = store().getTemplates.bind(store());
    store().getTemplates = (tenant, ids) => {
      reads.push(ids);
      return get(tenant, ids);
    };
    await see(matchFacesJob('next.jpg', [face]));
    expect(reads).toEqual([]);
  });

  it('keep the matcher from starting if the cohort file is damaged', async () => {
    const file = path.join(folders.root, 'models/test/cohort.bin');
    await writeFile(file, Buffer.alloc(OTHER_STRANGERS.length * TEST_DIMENSION * 4));
    const run = spawnSync(process.execPath, [path.join(DIST, 'apps/matcher/src/main.js')], {
      env: { ...folders.env, VECTORS_DIR: path.join(folders.root, 'others'), PORT: '0' },
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain('model pack test is damaged: cohort.bin has another sha256');
  });
});
