import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { imageForm } from '../support/call-api.js';
import { IngestBed, type TestIngest } from '../support/ingest-tests.js';
import { rawRequest } from '../support/raw-request.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { makeMatcherFolders, type TestFolders } from '../support/start-matcher.js';
import { startQdrant, type TestQdrant } from '../support/start-qdrant.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitUntil } from '../support/wait-until.js';

/** The promise is 2 s; the rest is for the test itself, on a busy machine. */
const READ_MS = 2_500;
const WRITE_MS = 6_500;

interface Timed {
  readonly status: number;
  readonly code: string;
  readonly ms: number;
}

async function timed(url: string, init: RequestInit = {}): Promise<Timed> {
  const begin = performance.now();
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000), ...init });
  const { error } = (await response.json()) as { error?: { code: string } };
  return { status: response.status, code: error?.code ?? '', ms: performance.now() - begin };
}

function json(body: unknown, method = 'POST'): RequestInit {
  const headers = { 'content-type': 'application/json' };
  return { method, headers, body: JSON.stringify(body) };
}

const image = new Blob(['x'], { type: 'image/jpeg' });

const INGEST_READS = [
  '/v1/imports',
  '/v1/imports/1',
  '/v1/dead-letters',
  '/v1/dead-letters/counts',
];
const MATCHER_READS = ['/v1/people', '/v1/people/ada', '/v1/events', '/v1/gallery/rebuild'];

const INGEST_WRITES: [string, () => RequestInit][] = [
  ['/v1/imports', () => json({ store: 'archive' })],
  ['/v1/dead-letters/replay', () => json({ all: true })],
  [
    '/v1/camera-events',
    () => ({
      method: 'POST',
      body: imageForm({ image }, { cameraId: 'door', observedAt: '2024-05-06T07:08:09Z' }),
    }),
  ],
];
const MATCHER_WRITES: [string, () => RequestInit][] = [
  ['/v1/people', () => json({ name: 'Ada' })],
  ['/v1/people/ada', () => json({ name: 'Ada' }, 'PATCH')],
  ['/v1/identify', () => ({ method: 'POST', body: imageForm({ image }) })],
];

async function expectRefusals(
  url: string,
  reads: readonly string[],
  writes: readonly [string, () => RequestInit][],
  code: string,
): Promise<void> {
  const answers = await Promise.all([
    ...reads.map(async (path) => ({ path, limit: READ_MS, ...(await timed(url + path)) })),
    ...writes.map(async ([path, init]) => ({
      path,
      limit: WRITE_MS,
      ...(await timed(url + path, init())),
    })),
  ]);
  for (const { path, limit, status, code: given, ms } of answers) {
    expect({ path, status, code: given }).toEqual({ path, status: 503, code });
    expect({ path, late: Math.max(0, ms - limit) }).toEqual({ path, late: 0 });
  }
}

describe('HTTP while Redis is unavailable', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let bed: IngestBed;
  let ingest: TestIngest;
  let matcher: RunningApp;

  beforeEach(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    bed = await IngestBed.make(server);
    [ingest, matcher] = await Promise.all([bed.start(), startApp('matcher', folders.env)]);
  }, 60_000);

  afterEach(async () => {
    await matcher.kill();
    await bed.close();
    await folders.remove();
  });

  it.each<[string, (pid: number) => Promise<void>, (pid: number) => Promise<void>]>([
    ['is killed', () => server.kill(), () => server.restart()],
    [
      'hangs',
      (pid) => Promise.resolve(void process.kill(pid, 'SIGSTOP')),
      (pid) => Promise.resolve(void process.kill(pid, 'SIGCONT')),
    ],
  ])(
    'is answered in time when it %s, and works when it is back',
    async (_, stop, start) => {
      const { pid } = server;
      await stop(pid);
      try {
        for (let round = 0; round < 2; round++) {
          await Promise.all([
            expectRefusals(ingest.url, INGEST_READS, INGEST_WRITES, 'REDIS_UNAVAILABLE'),
            expectRefusals(matcher.url, MATCHER_READS, MATCHER_WRITES, 'REDIS_UNAVAILABLE'),
          ]);
        }
        for (const { url } of [ingest, matcher]) {
          expect((await fetch(`${url}/health/live`)).status).toBe(200);
          expect((await fetch(`${url}/health/ready`)).status).toBe(503);
          expect((await fetch(`${url}/metrics`)).status).toBe(200);
        }
      } finally {
        await start(pid);
      }
      for (const url of [`${ingest.url}/v1/imports`, `${matcher.url}/v1/people`]) {
        await waitUntil(`an answer of ${url}`, async () => (await fetch(url)).ok, 20_000, 200);
      }
    },
    90_000,
  );

  it('runs no refused request later', async () => {
    await server.kill();
    await waitUntil('Redis to be missed', () => matcher.log().includes('ECONNREFUSED'));
    const created = await timed(`${matcher.url}/v1/people`, json({ name: 'Ada' }));
    expect(created).toMatchObject({ status: 503, code: 'REDIS_UNAVAILABLE' });
    await server.restart();
    const people = await waitUntil('an answer', async () => {
      const response = await fetch(`${matcher.url}/v1/people`);
      return response.ok && ((await response.json()) as { people: unknown[] }).people;
    });
    await sleep(500);
    expect(people).toEqual([]);
    expect((await fetch(`${matcher.url}/v1/people`)).status).toBe(200);
  }, 60_000);

  it('is not ready while Redis is a replica, which accepts no writes', async () => {
    const redis = new Redis(server.url);
    const ready = (url: string) => rawRequest(`${url}/health/ready`);
    expect(await ready(matcher.url)).toMatchObject({ status: 200 });
    await redis.replicaof('127.0.0.1', 1);
    for (const { url } of [ingest, matcher]) {
      expect(await ready(url)).toMatchObject({
        status: 503,
        body: {
          checks: expect.arrayContaining([
            expect.objectContaining({ name: 'redis', ok: false, code: 'REDIS_UNAVAILABLE' }),
          ]),
        },
      });
    }
    const write = await timed(`${matcher.url}/v1/people`, json({ name: 'Ada' }));
    expect(write).toMatchObject({ status: 503, code: 'REDIS_UNAVAILABLE' });
    await redis.replicaof('NO', 'ONE');
    redis.disconnect();
    for (const { url } of [ingest, matcher])
      expect(await ready(url)).toMatchObject({ status: 200 });
  }, 60_000);
});

describe('HTTP while the vector store is unavailable', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let qdrant: TestQdrant;
  let proxy: TcpProxy;
  let matcher: RunningApp;

  beforeEach(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    qdrant = await startQdrant();
    proxy = await TcpProxy.start(Number(new URL(qdrant.url).port));
    matcher = await startApp('matcher', {
      ...folders.env,
      QDRANT_URL: `http://127.0.0.1:${proxy.port}`,
    });
    await fetch(`${matcher.url}/v1/people`, json({ name: 'Ada', id: 'ada' }));
  }, 60_000);

  afterEach(async () => {
    await matcher.kill();
    await proxy.close();
    await qdrant.stop();
    await server.stop();
    await folders.remove();
  });

  it.each<[string, () => void, () => Promise<void> | void]>([
    ['refuses connections', () => proxy.refuse(), () => proxy.listen()],
    ['hangs', () => proxy.pause(), () => proxy.resume()],
  ])(
    'is answered in time when it %s, and the rest works',
    async (_, stop, start) => {
      stop();
      const reads = ['/v1/people', '/v1/people/ada', '/v1/sightings'];
      const writes: [string, () => RequestInit][] = [
        ['/v1/people/ada', () => json({ name: 'Ada L' }, 'PATCH')],
      ];
      await expectRefusals(matcher.url, reads, writes, 'VECTOR_STORE_UNAVAILABLE');
      expect(await timed(`${matcher.url}/v1/people`, json({ name: 'Ben' }))).toMatchObject({
        status: 201,
      });
      await start();
      await waitUntil(
        'an answer',
        async () => (await fetch(`${matcher.url}/v1/people`)).ok,
        20_000,
      );
    },
    90_000,
  );
});
