import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import path from 'node:path';
import { type EmbeddingManifest } from '#models/packs/manifest.js';
import { readinessSchema } from '#shared/contracts/http/health.http.js';
import { recognitionHttp } from '#shared/contracts/http/recognition.http.js';
import { matchEventSchema } from '#shared/contracts/match-event.contract.js';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { QdrantVectorStore } from '../../apps/matcher/src/vectors/qdrant/qdrant-vector-store.js';
import { callApi, imageForm } from '../support/call-api.js';
import { matchFacesJob } from '../support/faces.js';
import { startQdrantDouble } from '../support/qdrant-double.js';
import { madeUpImage, startStandInEmbedder } from '../support/stand-in-embedder.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { testCalibration, TEST_SPACE, writeTestPack } from '../support/test-pack.js';
import { makeTemplate } from '../support/vector-records.js';
import { axis, near, TEST_DIMENSION } from '../support/vectors.js';
import { waitUntil } from '../support/wait-until.js';

describe('the matching policy', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let embedder: ReturnType<typeof startStandInEmbedder>;
  let matcher: Awaited<ReturnType<typeof startMatcher>> | undefined;

  beforeEach(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
    embedder = startStandInEmbedder(redis, folders.uploads);
  });

  afterEach(async () => {
    await matcher?.close();
    matcher = undefined;
    await embedder.close();
    await redis.quit();
    await server.stop();
    await folders.remove();
  });

  /** Starts a matcher with a changed pack, and enrols Ada with one photograph. */
  async function start(
    pack: Partial<EmbeddingManifest> = {},
    settings: Readonly<Record<string, string>> = {},
  ) {
    await writeTestPack(path.join(folders.root, 'models'), pack);
    matcher = await startMatcher({ ...folders.env, ...settings });
    await post('/v1/people', { name: 'Ada', id: 'ada' });
    const enrolled = await post('/v1/people/ada/templates', image({ image: axis(0) }));
    expect(enrolled.status).toBe(201);
  }

  const post = (route: string, body: unknown) => callApi(matcher!.url, 'POST', route, body);
  const image = (faces: Record<string, Float32Array>, fields: Record<string, string> = {}) =>
    imageForm(
      Object.fromEntries(Object.entries(faces).map(([name, face]) => [name, madeUpImage([face])])),
      fields,
    );
  const identify = async (face: Float32Array) =>
    recognitionHttp.identify.response.parse(
      (await post('/v1/identify', image({ image: face }))).body,
    );
  const policyOf = async () => {
    const { status, body } = await callApi(matcher!.url, 'GET', '/health/ready');
    expect(status).toBe(200);
    const { checks } = readinessSchema.parse(body);
    return checks.find(({ name }) => name === 'policy');
  };

  /** The event of an image that shows this face. */
  async function eventOf(face: Float32Array) {
    const producer = new ContractProducer<MatchFacesPayload, null>(matchFacesContract, redis);
    await producer.add(matchFacesJob('seen.jpg', [face]));
    await waitUntil('event', async () => (await redis.xlen(EVENT_STREAM)) > 0);
    await producer.close();
    const [[, fields]] = (await redis.xrange(EVENT_STREAM, '-', '+')) as [[string, string[]]];
    return matchEventSchema.parse(JSON.parse(fields[3]!)).data;
  }

  describe.each([
    ['without any calibration', []],
    ['calibrated for the faces of another detector', [{ detector: 'other' }]],
  ])('of a pack %s', (_, others) => {
    const pack = { calibrations: others.map((rest) => testCalibration([0.4, 0.5], rest)) };
    const refusal = {
      status: 409,
      body: {
        error: {
          code: 'PACK_UNCALIBRATED',
          message: expect.stringMatching(/sightline -- models calibrate test.*MATCH_THRESHOLD/),
        },
      },
    };

    it('names nobody, and reports what to do', async () => {
      await start(pack);
      expect(await policyOf()).toMatchObject({
        ok: true,
        thresholds: 'none',
        problem: refusal.body.error.message,
      });
      expect(await eventOf(axis(0))).toMatchObject({
        person: null,
        runnerUp: { personId: 'ada' },
        reason: 'uncalibrated',
        threshold: null,
      });
      expect(await identify(axis(0))).toMatchObject({
        threshold: null,
        thresholdBasis: null,
        faces: [{ decision: 'unknown', reason: 'uncalibrated', candidates: [{ personId: 'ada' }] }],
      });
      const both = image({ image1: axis(0), image2: axis(0) });
      expect(await post('/v1/verify', both)).toMatchObject(refusal);
      const claim = image({ image1: axis(0) }, { personId: 'ada' });
      expect(await post('/v1/verify', claim)).toMatchObject(refusal);
      expect(await post('/v1/people/ada/search', {})).toMatchObject(refusal);
    });

    it('names people at the score of MATCH_THRESHOLD', async () => {
      await start(pack, { MATCH_THRESHOLD: '0.7' });
      expect(await policyOf()).toMatchObject({ ok: true, thresholds: 'set', threshold: 0.7 });
      const [above, below] = [await identify(near(0, 0.71)), await identify(near(0, 0.69))];
      expect(above).toMatchObject({ threshold: 0.7, thresholdBasis: 'set' });
      expect([above, below].map(({ faces }) => faces[0]!.decision)).toEqual(['person', 'unknown']);
      const claim = image({ image1: near(0, 0.69) }, { personId: 'ada' });
      expect(await post('/v1/verify', claim)).toMatchObject({
        status: 200,
        body: { same: false, threshold: 0.7, thresholdBasis: 'set', falseAcceptRate: null },
      });
    });
  });

  it('verifies and identifies a face whose score is exactly the threshold', async () => {
    // Similarities of unit vectors along an axis are exact.
    await start({}, { MATCH_THRESHOLD: '1' });
    const both = image({ image1: axis(0), image2: axis(0) });
    expect(await post('/v1/verify', both)).toMatchObject({
      status: 200,
      body: { same: true, score: 1, threshold: 1 },
    });
    expect((await identify(axis(0))).faces).toMatchObject([{ decision: 'person' }]);
    const near1 = image({ image1: axis(0), image2: near(0, 0.9999) });
    expect(await post('/v1/verify', near1)).toMatchObject({ status: 200, body: { same: false } });
  });

  it('uses the thresholds of the group that is set', async () => {
    const group = (name: string, from: number) => ({
      name,
      genuinePairs: 1,
      impostorPairs: 1,
      points: testCalibration([from, from + 0.1]).points,
    });
    const groups = [group('north', 0.5), group('south', 0.6)];
    const calibrations = [testCalibration([0.4, 0.5], { groups })];
    await start({ calibrations }, { MATCH_GROUP: 'strictest' });
    expect((await identify(axis(0))).threshold).toBeCloseTo(0.6, 5);
    await matcher!.close();
    matcher = await startMatcher({ ...folders.env, MATCH_GROUP: 'north' });
    expect((await identify(axis(0))).threshold).toBeCloseTo(0.5, 5);
  });

  it('raises the threshold at lower false-accept rates, and reports when it is extrapolated', async () => {
    await start();
    const answers: unknown[] = [];
    for (const count of [1, 9, 990]) {
      await matcher!.close();
      matcher = await startMatcher({
        ...folders.env,
        MATCH_FALSE_ACCEPT_RATE: String(0.001 / count),
      });
      answers.push(await identify(axis(0)));
    }
    expect(answers).toMatchObject([
      { threshold: expect.closeTo(0.4, 5), thresholdBasis: 'measured' },
      { threshold: expect.closeTo(0.4 + 0.1 * Math.log10(9), 5), thresholdBasis: 'measured' },
      { threshold: expect.closeTo(0.4 + 0.1 * Math.log10(990), 5), thresholdBasis: 'extrapolated' },
    ]);
  });

  it('counts the templates that other matchers have enrolled', async () => {
    const qdrant = await startQdrantDouble();
    try {
      await start({}, { QDRANT_URL: qdrant.url });
      expect((await identify(axis(0))).threshold).toBeCloseTo(0.4, 5);
      const other = new QdrantVectorStore({
        server: { url: qdrant.url, apiKey: undefined, timeoutMs: 5_000 },
        space: TEST_SPACE,
        dimension: TEST_DIMENSION,
      });
      const many = Array.from({ length: 99 }, (_, i) =>
        makeTemplate(`${i}`, axis(1), { tenant: 'default', personId: `p${i}` }),
      );
      await other.upsertTemplates([...many, makeTemplate('x', axis(1), { tenant: 'elsewhere' })]);
      await waitUntil('100 templates', async () => (await identify(axis(0))).threshold! > 0.599);
      expect((await identify(axis(0))).threshold).toBeCloseTo(0.6, 5);
    } finally {
      await matcher!.close();
      matcher = undefined;
      await qdrant.stop();
    }
  });
});
