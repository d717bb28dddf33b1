import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { secondGeneration } from '../support/generations.js';
import {
  readGivenUp,
  readHandled,
  startGeneration,
  type RunningGeneration,
} from '../support/start-generation.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const QUEUE = 'outage';
const OUTAGE_MS = 20_000;

describe('a queue whose redis-server is killed and restarted', () => {
  let server: TestRedis;
  let redis: Redis;
  let worker: RunningGeneration | undefined;

  beforeEach(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
  });

  afterEach(async () => {
    worker?.process.kill('SIGKILL');
    redis.disconnect();
    await server.stop();
  });

  it('loses no job, and its worker and producers continue without a restart', async () => {
    const producer = new ContractProducer(secondGeneration(QUEUE), redis);
    const job = (id: string) => ({ v: 2 as const, id, does: 'work' as const, effort: 1 });
    const before = Array.from({ length: 200 }, (_, i) => `before-${i}`);
    await producer.addBulk(before.map((id) => job(id)));
    // The locks of jobs in progress expire while the server is down, so these jobs run again.
    worker = startGeneration({ redisUrl: server.url, queue: QUEUE, workMs: 200, lockMs: 5_000 });
    await waitUntil('some jobs', async () => (await readHandled(redis, QUEUE)).length > 20);

    await server.kill();
    const during = Array.from({ length: 20 }, (_, i) => `during-${i}`);
    const asked = job('asked');
    const adding = Promise.all(during.map((id) => producer.add(job(id))));
    const asking = producer.request(asked, 120_000, 'query');
    await sleep(OUTAGE_MS);
    await server.restart();

    await adding;
    expect(await asking).toBeNull();
    const all = [...before, ...during, 'asked'].sort();
    await waitUntil(
      'every job',
      async () =>
        new Set((await readHandled(redis, QUEUE)).map(({ id }) => id)).size === all.length,
      60_000,
      100,
    );
    expect(await readGivenUp(redis, QUEUE)).toEqual(new Map());
    expect(worker.process.exitCode).toBeNull();
    await waitUntil('an empty queue', async () => {
      const counts = await producer.counts();
      return Object.values(counts).every((count) => count === 0);
    });
    expect(await worker.stop()).toBe(0);
    await producer.close();
  }, 180_000);
});
