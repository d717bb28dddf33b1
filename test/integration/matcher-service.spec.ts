import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { spawnSync } from 'node:child_process';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { callApi, imageForm } from '../support/call-api.js';
import { matchFacesJob } from '../support/faces.js';
import { EventReader } from '../support/read-events.js';
import { madeUpImage, startStandInEmbedder } from '../support/stand-in-embedder.js';
import { DIST, startApp, type RunningApp } from '../support/start-app.js';
import { makeMatcherFolders, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { axis } from '../support/vectors.js';
import { waitUntil } from '../support/wait-until.js';

describe('the matcher service', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let producer: ContractProducer<MatchFacesPayload, null>;
  let running: RunningApp[] = [];

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
    producer = new ContractProducer(matchFacesContract, redis);
  });

  afterEach(async () => {
    const left = running.filter(({ process }) => process.exitCode === null && !process.killed);
    running = [];
    await Promise.all(left.map((app) => app.kill()));
  });

  afterAll(async () => {
    await producer.close();
    redis.disconnect();
    await server.stop();
    await folders.remove();
  });

  async function start(): Promise<RunningApp> {
    const app = await startApp('matcher', folders.env);
    running.push(app);
    return app;
  }

  it('reports its dependencies as ready, and becomes unready when one is unavailable', async () => {
    const matcher = await start();
    const ready = () => callApi(matcher.url, 'GET', '/health/ready');
    expect(await ready()).toMatchObject({
      status: 200,
      body: {
        checks: [
          { name: 'redis', ok: true },
          { name: 'vectors', ok: true, space: 'test@1+none' },
          { name: 'uploads', ok: true },
          { name: 'gallery', ok: true },
          {
            name: 'policy',
            ok: true,
            metric: 'cosine',
            thresholds: 'calibrated',
            falseAcceptRate: 0.001,
          },
        ],
      },
    });
    await rename(folders.uploads, `${folders.uploads}-unmounted`);
    expect(await ready()).toMatchObject({ status: 503 });
    await rename(`${folders.uploads}-unmounted`, folders.uploads);
    expect(await ready()).toMatchObject({ status: 200 });
    expect(await matcher.stop()).toBe(0);
  });

  it('finishes jobs in progress on SIGTERM, closes event streams, leaves other jobs on the queue and exits with code 0', async () => {
    const ledger = new OutcomeLedger(redis);
    const first = await start();
    const reader = new EventReader(first.url);
    await reader.open();
    const jobs = Array.from({ length: 3_000 }, (_, i) => matchFacesJob(`${i}.jpg`, [axis(i % 16)]));
    await producer.addBulk(jobs);
    await waitUntil('some events', async () => (await redis.xlen(EVENT_STREAM)) > 100);
    expect(await first.stop()).toBe(0);
    await waitUntil('end of the stream', () => reader.ended);
    const second = await start();
    for (const { imageId } of jobs) {
      await waitUntil('outcome', () => ledger.isFinished(imageId));
    }
    expect(await redis.xlen(EVENT_STREAM)).toBe(3_000);
    expect(await second.stop()).toBe(0);
  });

  it('loses nothing and emits nothing twice when it is killed', async () => {
    await redis.flushall();
    const first = await start();
    const jobs = Array.from({ length: 2_000 }, (_, i) =>
      matchFacesJob(`killed-${i}.jpg`, [axis(0), axis(1)]),
    );
    await producer.addBulk(jobs);
    await waitUntil('some events', async () => (await redis.xlen(EVENT_STREAM)) > 100);
    await first.kill();
    const second = await start();
    // The jobs of the killed process return to the queue when their locks expire.
    await waitUntil('events', async () => (await redis.xlen(EVENT_STREAM)) >= 4_000, 90_000);
    const ids = (await redis.xrange(EVENT_STREAM, '-', '+')).map(
      ([, fields]) => (JSON.parse(fields[3]!) as { id: string }).id,
    );
    expect(ids).toHaveLength(4_000);
    expect(new Set(ids).size).toBe(4_000);
    expect(await second.stop()).toBe(0);
  }, 120_000);

  it('answers a query that is in progress when it receives SIGTERM', async () => {
    const matcher = await start();
    const form = imageForm({ image: madeUpImage([axis(0)]) });
    const answer = callApi(matcher.url, 'POST', '/v1/identify', form);
    await waitUntil('query', async () => (await redis.keys('*embed-image:query-*')).length > 0);
    const stopped = matcher.stop();
    await waitUntil('SIGTERM', () => matcher.log().includes('SIGTERM'));
    const embedder = startStandInEmbedder(redis, folders.uploads);
    const answered = await answer.finally(() => embedder.close());
    expect(answered).toMatchObject({ status: 200, body: { faces: [{}] } });
    expect(await stopped).toBe(0);
  });

  it.each([
    ['MODEL_PACK', 'absent', 'models pull absent'],
    ['MATCH_GROUP', 'elders', 'not labelled with groups'],
    ['MATCH_FALSE_ACCEPT_RATE', '7', 'MATCH_FALSE_ACCEPT_RATE'],
    ['WEBHOOKS', '[{"name":"x","url":"ftp://x","secret":"short"}]', 'WEBHOOKS'],
  ])('does not start with an invalid %s, and reports what to do', (name, value, message) => {
    const main = path.join(DIST, 'apps/matcher/src/main.js');
    const run = spawnSync(process.execPath, [main], {
      env: { PATH: process.env.PATH, ...folders.env, PORT: '0', [name]: value },
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain(message);
  });
});
