import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { mkdir, readdir, rename, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { galleryKeys } from '../../apps/matcher/src/gallery/gallery-keys.js';
import { matcherConfigSchema } from '../../apps/matcher/src/matcher.config.js';
import { createVectorStore } from '../../apps/matcher/src/vectors/vector-store.factory.js';
import { type StoredSighting } from '../../apps/matcher/src/vectors/vector-store.port.js';
import { callApi } from '../support/call-api.js';
import { matchEvent } from '../support/match-events.js';
import { startQdrantDouble, type QdrantDouble } from '../support/qdrant-double.js';
import { startCli } from '../support/run-cli.js';
import { makeMatcherFolders, startMatcher, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { TEST_SPACE } from '../support/test-pack.js';
import { makeSighting } from '../support/vector-records.js';
import { axis, TEST_DIMENSION } from '../support/vectors.js';

const KEYS = { mine: 'key-of-the-default-tenant', others: 'key-of-the-other-tenant' };
const DAY = 24 * 3_600_000;
const SPACE_BEFORE = 'before@1+none';

describe.each(['the embedded store', 'Qdrant'])('retention, with %s', (backend) => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let double: QdrantDouble | undefined;
  let env: Readonly<Record<string, string>>;
  let matcher: Awaited<ReturnType<typeof startMatcher>>;
  const now = Date.now();
  const old = now - 100 * DAY;

  beforeEach(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
    double = backend === 'Qdrant' ? await startQdrantDouble() : undefined;
    env = {
      ...folders.env,
      ...(double && { QDRANT_URL: double.url }),
      API_KEYS: `${KEYS.mine}:default,${KEYS.others}:others`,
    };
  });

  afterEach(async () => {
    await matcher.close();
    await redis.quit();
    await double?.stop();
    await server.stop();
    await folders.remove();
  });

  async function writeSightings(space: string, sightings: readonly StoredSighting[]) {
    const store = createVectorStore(loadConfig(matcherConfigSchema, env), space, TEST_DIMENSION);
    await store.open();
    await store.upsertSightings(sightings);
    await store.close();
  }

  async function countSightings(space: string, tenant = 'default') {
    const config = loadConfig(matcherConfigSchema, env);
    const store = createVectorStore(config, space, TEST_DIMENSION);
    await store.open();
    const count = await store.countExpired(tenant, { decidedBefore: Number.MAX_SAFE_INTEGER });
    await store.close();
    return count;
  }

  function seen(name: string, decidedAt: number, rest: Partial<StoredSighting> = {}) {
    return makeSighting(name, axis(0), { tenant: 'default', decidedAt, ...rest });
  }

  async function upload(key: string, changedAt: number): Promise<void> {
    const file = path.join(folders.uploads, key);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, key);
    await utimes(file, changedAt / 1_000, changedAt / 1_000);
  }

  async function uploads(): Promise<string[]> {
    const entries = await readdir(folders.uploads, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folders.uploads, path.join(entry.parentPath, entry.name)))
      .sort();
  }

  async function emitAt(ms: number, key: string, tenant = 'default'): Promise<void> {
    const event = JSON.stringify(matchEvent(key, { tenant }));
    await redis.xadd(EVENT_STREAM, `${Math.round(ms)}-*`, 'tenant', tenant, 'event', event);
  }

  async function eventKeys(): Promise<string[]> {
    const entries = await redis.xrange(EVENT_STREAM, '-', '+');
    return entries.map(([, fields]) => {
      const event = JSON.parse(fields[3]!) as ReturnType<typeof matchEvent>;
      return event.data.image.key;
    });
  }

  function expire(kind: string, body: unknown, key = KEYS.mine) {
    return callApi(matcher.url, 'POST', `/v1/retention/${kind}`, body, {
      authorization: `Bearer ${key}`,
    });
  }

  async function retention(...args: string[]) {
    const run = startCli(folders.root, ['retention', ...args], {
      SIGHTLINE_MATCHER_URL: matcher.url,
      SIGHTLINE_API_KEY: KEYS.mine,
    });
    return { code: await run.ended, output: run.output() };
  }

  const camera = { source: { kind: 'camera', cameraId: 'door 1' }, cameraId: 'door 1' } as const;
  const inUploads = { image: { store: 'uploads', key: 'cameras/default/door 1/a', version: '1' } };

  /** Writes old and new data of each kind for this tenant and another one. */
  async function fill() {
    await writeSightings(TEST_SPACE, [
      seen('old', old),
      seen('old too', old + DAY),
      seen('old, of a camera', old, { ...camera, ...inUploads }),
      seen('new', now - DAY),
      seen('of an old photograph, seen now', now - DAY, { observedAt: 0 }),
      seen('theirs', old, { tenant: 'others' }),
    ]);
    await writeSightings(SPACE_BEFORE, [seen('old, by the model before', old), seen('new', now)]);
    await redis.hset(galleryKeys.everUsed, SPACE_BEFORE, TEST_DIMENSION);
    await upload('cameras/default/door 1/a', old);
    await upload('cameras/default/door 1/b', now - DAY);
    await upload('cameras/default/door 2/c', old);
    await upload('cameras/others/door 1/a', old);
    await upload('enrolments/default/ada/d', old);
    await emitAt(old, 'old.jpg');
    await emitAt(old, 'theirs.jpg', 'others');
    await emitAt(now, 'new.jpg');
    matcher = await startMatcher(env);
  }

  it('counts the expired data of every model space in a dry run, and then deletes only that data', async () => {
    await fill();
    const dry = await retention('--older-than', '90d', '--dry-run', '--json');
    expect(dry.code).toBe(0);
    const counts = { sightings: 4, snapshots: 2, events: 1 };
    expect(JSON.parse(dry.output)).toMatchObject({ dryRun: true, ...counts });
    expect(await uploads()).toHaveLength(5);
    expect(await eventKeys()).toHaveLength(3);

    const real = await retention('--older-than', '90d', '--json');
    expect(JSON.parse(real.output)).toMatchObject({ dryRun: false, ...counts });
    expect(await uploads()).toEqual([
      'cameras/default/door 1/b',
      'cameras/others/door 1/a',
      'enrolments/default/ada/d',
    ]);
    expect(await eventKeys()).toEqual(['theirs.jpg', 'new.jpg']);

    const again = await retention('--older-than', '90d');
    expect(again.code).toBe(0);
    expect(again.output).toMatch(/^deleted, recorded before .+:\nKIND +COUNT\nsightings +0\n/);
    await matcher.close();
    expect(await countSightings(TEST_SPACE)).toBe(2);
    expect(await countSightings(TEST_SPACE, 'others')).toBe(1);
    expect(await countSightings(SPACE_BEFORE)).toBe(1);
  });

  it('deletes only the data of a camera or a store when the request names one', async () => {
    await fill();
    const ofCamera = await retention('--older-than', '90d', '--camera', 'door 1', '--json');
    expect(JSON.parse(ofCamera.output)).toMatchObject({ sightings: 1, snapshots: 1, events: 0 });
    const ofArchive = await retention('--older-than', '90d', '--store', 'archive', '--json');
    expect(JSON.parse(ofArchive.output)).toMatchObject({ sightings: 3, snapshots: 0, events: 1 });
    expect(await uploads()).toContain('cameras/default/door 2/c');
  });

  it('deletes any amount of expired data in several calls', async () => {
    const many = Array.from({ length: 10_200 }, (_, i) => seen(`${i}`, old));
    await writeSightings(TEST_SPACE, many);
    const pipeline = redis.pipeline();
    for (let i = 0; i < 1_500; i++) {
      const tenant = i % 3 === 0 ? 'others' : 'default';
      const event = JSON.stringify(matchEvent(`${i}`, { tenant }));
      pipeline.xadd(EVENT_STREAM, `${old}-${i + 1}`, 'tenant', tenant, 'event', event);
    }
    await pipeline.exec();
    for (let i = 0; i < 1_100; i++) await upload(`cameras/default/c/${i}`, old);
    matcher = await startMatcher(env);
    const before = new Date(now).toISOString();
    expect((await expire('sightings', { before })).body).toEqual({
      count: 10_000,
      cursor: expect.any(String),
    });
    const { output } = await retention('--older-than', '90d', '--json');
    expect(JSON.parse(output)).toMatchObject({ sightings: 200, snapshots: 1_100, events: 1_000 });
    expect(await redis.xlen(EVENT_STREAM)).toBe(500);
  });

  it('deletes only camera data, in every store, when the request asks for it', async () => {
    await fill();
    const { output } = await retention('--older-than', '90d', '--cameras', '--json');
    expect(JSON.parse(output)).toMatchObject({ sightings: 1, snapshots: 2, events: 0 });
  });

  it('also deletes events that cannot be parsed', async () => {
    await redis.xadd(EVENT_STREAM, '1-1', 'tenant', 'default', 'event', '{"specversion":"9"}');
    await redis.xadd(EVENT_STREAM, '1-2', 'tenant', 'others', 'event', '{"specversion":"9"}');
    matcher = await startMatcher(env);
    const { body } = await expire('events', { before: new Date(now).toISOString() });
    expect(body).toEqual({ count: 1, cursor: null });
  });

  it('reports what it could not delete, and deletes the rest', async () => {
    await fill();
    await rename(folders.uploads, `${folders.uploads}-unmounted`);
    const { code, output } = await retention('--older-than', '90d');
    await rename(`${folders.uploads}-unmounted`, folders.uploads);
    expect(code).toBe(1);
    expect(output).toMatch(/sightings +4\nsnapshots +0\nevents +1\n/);
    expect(output).toContain('snapshots: STORE_UNAVAILABLE');
  });

  it.each<[string, string, object]>([
    ['a time in the future', 'sightings', { before: new Date(now + DAY).toISOString() }],
    ['a missing time', 'sightings', {}],
    ['a date without a time', 'snapshots', { before: '2026-01-01' }],
    ['an unknown field', 'events', { before: '2026-01-01T00:00:00Z', all: true }],
    ['an invalid cursor', 'events', { before: '2026-01-01T00:00:00Z', cursor: 'x' }],
  ])('refuses %s', async (_, kind, body) => {
    matcher = await startMatcher(env);
    expect((await expire(kind, body)).status).toBe(400);
    expect((await expire(kind, body, 'no such key')).status).toBe(401);
  });
});
