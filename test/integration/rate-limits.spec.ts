import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { imageForm } from '../support/call-api.js';
import { IngestBed, type TestIngest } from '../support/ingest-tests.js';
import { rawRequest } from '../support/raw-request.js';
import { madeUpImage, startStandInEmbedder } from '../support/stand-in-embedder.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { makeMatcherFolders, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { axis } from '../support/vectors.js';

const KEYS = { a: 'key-of-the-tenant-a', b: 'key-of-the-tenant-b' };
const API_KEYS = `${KEYS.a}:a,${KEYS.b}:b`;
const ADMIN_KEY = 'the-key-of-the-admin';
const TOO_MANY = { status: 429, code: 'TOO_MANY_WRONG_KEYS' };

describe('wrong keys', () => {
  let bed: IngestBed;
  let ingests: TestIngest[];

  beforeAll(async () => {
    bed = await IngestBed.make();
    const settings = {
      API_KEYS,
      ADMIN_KEY,
      WRONG_KEYS_PER_MINUTE: '5',
      TRUSTED_PROXIES: '127.0.0.1',
    };
    ingests = await Promise.all([bed.start(settings), bed.start(settings)]);
  }, 60_000);

  afterAll(() => bed.close());

  function ask(address: string, key: string, process = 0, route = '/v1/imports') {
    const headers = { 'x-forwarded-for': address, authorization: `bEaReR ${key}` };
    return rawRequest(ingests[process]!.url + route, headers);
  }

  it('are limited by the address of the caller, in all processes together', async () => {
    for (let i = 0; i < 5; i++) {
      const answer = await ask('203.0.113.1', `wrong-key-number-${i}`, i % 2);
      expect(answer).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    }
    for (const process of [0, 1]) {
      const refused = await ask('203.0.113.1', 'wrong-key-number-six', process);
      expect(refused).toMatchObject(TOO_MANY);
      const seconds = Number(refused.headers['retry-after']);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
      // Otherwise the limit would not keep anybody from guessing.
      expect(await ask('203.0.113.1', KEYS.a, process)).toMatchObject(TOO_MANY);
    }
    expect(await ask('203.0.113.2', KEYS.a)).toMatchObject({ status: 200 });
  });

  it('at an address do not stop the keys that work there', async () => {
    expect(await ask('203.0.113.3', KEYS.a)).toMatchObject({ status: 200 });
    for (let i = 0; i < 7; i++) await ask('203.0.113.3', 'wrong-key-wrong-key');
    expect(await ask('203.0.113.3', 'wrong-key-wrong-key')).toMatchObject(TOO_MANY);
    expect(await ask('203.0.113.3', KEYS.a)).toMatchObject({ status: 200 });
    expect(await ask('203.0.113.3', KEYS.b)).toMatchObject(TOO_MANY);
  });

  it('of a network of IPv6 are counted together', async () => {
    for (let i = 0; i < 6; i++) await ask(`2001:db8:1:2::${i}`, 'wrong-key-wrong-key');
    expect(await ask('2001:db8:1:2:ffff::1', 'wrong-key-wrong-key')).toMatchObject(TOO_MANY);
    expect(await ask('2001:db8:1:3::1', 'wrong-key-wrong-key')).toMatchObject({ status: 401 });
  });

  it('are limited on the queue board, too', async () => {
    for (let i = 0; i < 5; i++) {
      const answer = await ask('203.0.113.4', `wrong-key-number-${i}`, 0, '/admin/queues/');
      expect(answer).toMatchObject({ status: 401 });
    }
    expect(await ask('203.0.113.4', 'wrong-key-wrong-key', 0, '/admin/queues/')).toMatchObject(
      TOO_MANY,
    );
    const refused = await ask('203.0.113.4', ADMIN_KEY, 0, '/admin/queues/');
    expect(refused).toMatchObject(TOO_MANY);
  });

  it('are stored without a key', async () => {
    const names = await bed.redis.keys('sightline:rate:*');
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => /wrong-key-n|key-of/.test(name))).toEqual([]);
    for (const name of names) expect(await bed.redis.pttl(name)).toBeGreaterThan(0);
  });
});

describe('queries', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let matcher: RunningApp;

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
    matcher = await startApp('matcher', { ...folders.env, API_KEYS, QUERIES_PER_MINUTE: '3' });
  }, 60_000);

  afterAll(async () => {
    await matcher.kill();
    redis.disconnect();
    await server.stop();
    await folders.remove();
  });

  it('are limited by key, and nothing else is', async () => {
    const embedder = startStandInEmbedder(redis, folders.uploads);
    const headers = (key: string) => ({ authorization: `Bearer ${key}` });
    const identify = async (key: string) => {
      const body = imageForm({ image: madeUpImage([axis(0)]) });
      const init = { method: 'POST', body, headers: headers(key) };
      const response = await fetch(`${matcher.url}/v1/identify`, init);
      const { error } = (await response.json()) as { error?: { code: string } };
      return [response.status, error?.code];
    };
    for (let i = 0; i < 3; i++) expect(await identify(KEYS.a)).toEqual([200, undefined]);
    expect(await identify(KEYS.a)).toEqual([429, 'RATE_LIMITED']);
    expect(await identify(KEYS.b)).toEqual([200, undefined]);
    const people = await fetch(`${matcher.url}/v1/people`, { headers: headers(KEYS.a) });
    expect(people.status).toBe(200);
    await embedder.close();
  });
});
