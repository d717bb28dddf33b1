import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type INestApplication } from '@nestjs/common';
import { type Redis } from 'ioredis';
import {
  PERSON_MATCHED,
  PERSON_UNKNOWN,
  matchEventSchema,
  type MatchEvent,
} from '#shared/contracts/match-event.contract.js';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { EVENT_STREAM, importKeys } from '#shared/platform/ledger/keys.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { PersonRegistry } from '../../apps/matcher/src/people/person-registry.js';
import { MatchFacesService } from '../../apps/matcher/src/sightings/match-faces.service.js';
import { VECTOR_STORE } from '../../apps/matcher/src/tokens.js';
import { type VectorStore } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { matchFacesJob } from '../support/faces.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { axis, near } from '../support/vectors.js';
import { waitUntil } from '../support/wait-until.js';

describe('matching faces', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let app: INestApplication;
  let stop: () => Promise<void>;
  let producer: ContractProducer<MatchFacesPayload, null>;
  let ledger: OutcomeLedger;
  let store: VectorStore;

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    const matcher = await startMatcher(folders.env);
    ({ app, close: stop } = matcher);
    redis = connectRedis(server.url, 'test');
    producer = new ContractProducer(matchFacesContract, redis);
    ledger = new OutcomeLedger(redis);
    store = app.get<VectorStore>(VECTOR_STORE);
    await enrol('ada', 'Ada', axis(0));
    await enrol('bob', 'Bob', axis(1));
  });

  afterAll(async () => {
    await stop();
    await producer.close();
    await redis.quit();
    await server.stop();
    await folders.remove();
  });

  async function enrol(id: string, name: string, vector: Float32Array, tenant = 'default') {
    const createdAt = new Date().toISOString();
    await app.get(PersonRegistry).create(tenant, { id, name, createdAt });
    await store.upsertTemplates([
      {
        id: `${tenant}-${id}-template`.padEnd(32, '0'),
        tenant,
        personId: id,
        vector,
        faceId: '0'.repeat(32),
        image: { store: 'uploads', key: 'x', version: '1' },
        box: { x: 0, y: 0, width: 1, height: 1 },
        quality: 1,
        enrolledAt: Date.now(),
        statistics: null,
      },
    ]);
  }

  async function eventsOf(imageId: string): Promise<MatchEvent[]> {
    const entries = await redis.xrange(EVENT_STREAM, '-', '+');
    return entries
      .map(([, fields]) => matchEventSchema.parse(JSON.parse(fields[3]!)))
      .filter(({ data }) => data.imageId === imageId);
  }

  /** Puts the job on the queue and waits for its outcome. */
  async function run(job: MatchFacesPayload): Promise<void> {
    await producer.add(job);
    await waitUntil('outcome', () => ledger.isFinished(job.imageId));
  }

  async function sightingsOf(job: MatchFacesPayload) {
    const { items } = await store.listSightings(job.tenant, {}, { limit: 1000 });
    return items.filter(({ imageId }) => imageId === job.imageId);
  }

  it('emits one event per face with the person it recognises, and records every face', async () => {
    await ledger.claim('1', [matchFacesJob('two.jpg', []).imageId]);
    const job = matchFacesJob('two.jpg', [near(0, 0.9), near(5, 1)]);
    await run(job);
    const events = await eventsOf(job.imageId);
    expect(events.map(({ type }) => type)).toEqual([PERSON_MATCHED, PERSON_UNKNOWN]);
    expect(events[0]).toMatchObject({
      source: '/sightline/default/archive',
      subject: job.faces[0]!.faceId,
      data: {
        person: { personId: 'ada', name: 'Ada' },
        runnerUp: { personId: 'bob', name: 'Bob' },
        metric: 'cosine',
        // With two templates, each may use half of the false-accept rate 0.001.
        threshold: expect.closeTo(0.4 + 0.1 * Math.log10(2), 5),
        reason: null,
      },
    });
    expect(events[0]!.data.person!.score).toBeCloseTo(0.9, 5);
    expect(events[1]!.data).toMatchObject({ person: null, reason: 'below-threshold' });
    const sightings = await sightingsOf(job);
    const decided = new Map(sightings.map(({ id, personId }) => [id, personId]));
    expect(decided.get(job.faces[0]!.faceId)).toBe('ada');
    expect(decided.get(job.faces[1]!.faceId)).toBeNull();
    expect(await redis.hgetall(importKeys.counts('1'))).toEqual({ named: '1', faces: '2' });
  });

  it('records the outcome faceless when the image shows no face', async () => {
    const job = matchFacesJob('landscape.jpg', []);
    await ledger.claim('2', [job.imageId]);
    await run(job);
    expect(await eventsOf(job.imageId)).toEqual([]);
    expect(await redis.hgetall(importKeys.counts('2'))).toEqual({ faceless: '1' });
    const log = await redis.xrange(importKeys.log('2'), '-', '+');
    expect(JSON.parse(log[0]![1][1]!)).toEqual({ key: 'landscape.jpg', outcome: 'faceless' });
  });

  it('emits one event per face when the job is added and handled again', async () => {
    const job = matchFacesJob('again.jpg', [near(0, 0.9), near(1, 0.8), near(6, 1)]);
    await Promise.all([producer.add(job), producer.add(job)]);
    await waitUntil('outcome', () => ledger.isFinished(job.imageId));
    await producer.add(job);
    const service = app.get(MatchFacesService);
    await Promise.all([service.handle(job), service.handle(job), service.handle(job)]);
    const ids = (await eventsOf(job.imageId)).map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(3);
    expect(await sightingsOf(job)).toHaveLength(3);
  });

  it('emits the events after an earlier run that crashed after it recorded the sightings', async () => {
    const job = matchFacesJob('killed.jpg', [near(0, 0.9)]);
    const died = matchFacesJob('killed.jpg', [near(0, 0.9)]);
    const service = app.get(MatchFacesService);
    const finish = OutcomeLedger.prototype.finish;
    OutcomeLedger.prototype.finish = () => Promise.reject(new Error('killed here'));
    try {
      await expect(service.handle(died)).rejects.toThrow('killed here');
    } finally {
      OutcomeLedger.prototype.finish = finish;
    }
    expect(await sightingsOf(job)).toHaveLength(1);
    expect(await eventsOf(job.imageId)).toEqual([]);
    await run(job);
    expect(await eventsOf(job.imageId)).toHaveLength(1);
    expect(await sightingsOf(job)).toHaveLength(1);
  });

  it('does not name a person of another tenant', async () => {
    await enrol('eve', 'Eve', axis(2), 'other');
    const ours = matchFacesJob('tenant.jpg', [axis(2)]);
    const theirs = matchFacesJob('tenant.jpg', [axis(2)], { tenant: 'other' });
    await run(ours);
    await run(theirs);
    expect((await eventsOf(ours.imageId))[0]!.data.person).toBeNull();
    expect((await eventsOf(theirs.imageId))[0]!.data.person).toMatchObject({ personId: 'eve' });
  });

  it('gives the reason empty-gallery when nobody is enrolled', async () => {
    const job = matchFacesJob('nobody.jpg', [axis(0)], { tenant: 'nobody' });
    await run(job);
    const [event] = await eventsOf(job.imageId);
    expect(event!.data).toMatchObject({ reason: 'empty-gallery', person: null, runnerUp: null });
    expect((await sightingsOf(job))[0]!.score).toBeNull();
  });

  it('names nobody when two people are equally similar to the face', async () => {
    const job = matchFacesJob('twins.jpg', [near(0, Math.SQRT1_2, 1)]);
    await run(job);
    expect((await eventsOf(job.imageId))[0]!.data.reason).toBe('ambiguous');
  });

  it('finds the second-best person when the best one has very many templates', async () => {
    await enrol('zoe', 'Zoe', near(9, 0.7), 'crowd');
    await store.upsertTemplates(
      Array.from({ length: 100 }, (_, i) => ({
        id: i.toString(16).padStart(32, '0'),
        tenant: 'crowd',
        personId: 'max',
        faceId: '0'.repeat(32),
        image: { store: 'uploads', key: 'x', version: '1' },
        box: { x: 0, y: 0, width: 1, height: 1 },
        quality: 1,
        enrolledAt: i,
        statistics: null,
        vector: axis(9),
      })),
    );
    await app
      .get(PersonRegistry)
      .create('crowd', { id: 'max', name: 'Max', createdAt: new Date().toISOString() });
    const job = matchFacesJob('crowd.jpg', [axis(9)], { tenant: 'crowd' });
    await run(job);
    const { data } = (await eventsOf(job.imageId))[0]!;
    expect(data.person).toMatchObject({ personId: 'max' });
    expect(data.runnerUp).toMatchObject({ personId: 'zoe' });
    // With 101 templates, each may use 1/101 of the rate, which is less than the lowest measured rate.
    expect(data.threshold).toBeCloseTo(0.4 + 0.1 * Math.log10(101), 5);
  });

  it('records camera and video images with their own sources and times', async () => {
    const camera = matchFacesJob('cam.jpg', [axis(0)], {
      source: { kind: 'camera', cameraId: 'gate-1' },
      lane: 'live',
    });
    const video = matchFacesJob('frame.jpg', [axis(0)], {
      source: { kind: 'video-frame', videoId: 'film', offsetMs: 40 },
      observedAt: null,
    });
    await run(camera);
    await run(video);
    expect((await sightingsOf(camera))[0]).toMatchObject({
      cameraId: 'gate-1',
      observedAt: Date.parse('2026-01-02T03:04:05.000Z'),
    });
    expect((await sightingsOf(video))[0]).toMatchObject({ cameraId: null, observedAt: null });
    expect((await eventsOf(video.imageId))[0]!.data.source).toEqual(video.source);
  });

  it('fails an image of another model space at once, with the reason', async () => {
    const job = matchFacesJob('foreign.jpg', [axis(0)], { space: 'other@1+none' });
    await ledger.claim('9', [job.imageId]);
    await producer.add(job);
    await waitUntil('failure', async () => (await redis.hgetall(importKeys.counts('9'))).failed);
    const log = await redis.xrange(importKeys.log('9'), '-', '+');
    expect(JSON.parse(log[0]![1][1]!)).toMatchObject({ outcome: 'failed', code: 'SPACE_MISMATCH' });
    expect(await eventsOf(job.imageId)).toEqual([]);
  });

  it('combines the searches of many concurrent jobs into few calls', async () => {
    const calls: number[] = [];
    const search = store.searchTemplates.bind(store);
    store.searchTemplates = (queries) => {
      calls.push(queries.length);
      return search(queries);
    };
    const jobs = Array.from({ length: 200 }, (_, i) => matchFacesJob(`many-${i}.jpg`, [axis(0)]));
    await producer.addBulk(jobs);
    for (const job of jobs) {
      await waitUntil('outcome', () => ledger.isFinished(job.imageId));
    }
    store.searchTemplates = search;
    expect(calls.reduce((sum, count) => sum + count, 0)).toBe(200);
    expect(calls.length).toBeLessThan(100);
  });
});
