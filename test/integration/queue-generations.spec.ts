import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
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

const EACH = 60;

describe('workers of two releases on one queue', () => {
  let server: TestRedis;
  let redis: Redis;
  const running: RunningGeneration[] = [];

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
  });

  afterEach(() => {
    for (const { process } of running.splice(0)) process.kill('SIGKILL');
  });

  afterAll(async () => {
    await redis.quit();
    await server.stop();
  });

  function start(queue: string, generation: 1 | 2, adds = 0): RunningGeneration {
    const settings = { redisUrl: server.url, queue, generation, adds, concurrency: 4 };
    const worker = startGeneration(settings);
    running.push(worker);
    return worker;
  }

  it('process every job of both releases once, each with a worker that knows its version', async () => {
    const queue = 'side-by-side';
    // The newer one starts first. On a busy machine the older one could finish all jobs before the newer one starts.
    const newer = start(queue, 2, EACH);
    await waitUntil('the newer one', async () => (await readHandled(redis, queue)).length > 0);
    const both = [newer, start(queue, 1, EACH)];
    await waitUntil(
      'all jobs',
      async () => (await readHandled(redis, queue)).length >= 2 * EACH,
      60_000,
    );
    const codes = await Promise.all(both.map((worker) => worker.stop()));

    expect(codes).toEqual([0, 0]);
    const handled = await readHandled(redis, queue);
    const of = (added: number, by: number) =>
      handled.filter(({ id, generation }) => id.startsWith(`${added}-`) && generation === by);
    expect(handled).toHaveLength(2 * EACH);
    expect(new Set(handled.map(({ id }) => id)).size).toBe(2 * EACH);
    expect(of(2, 1)).toEqual([]);
    // The newer worker receives older payloads upgraded to its version.
    expect(new Set(of(1, 2).map(({ version }) => version))).toEqual(new Set([2]));
    expect(await readGivenUp(redis, queue)).toEqual(new Map());
  }, 90_000);

  it('leave jobs of the newer release on the queue until a newer worker starts', async () => {
    const queue = 'newer-comes';
    const producer = new ContractProducer(secondGeneration(queue), redis);
    const older = start(queue, 1);
    const ids = Array.from({ length: 20 }, (_, i) => `job-${i}`);
    await producer.addBulk(ids.map((id) => ({ v: 2, id, does: 'work', effort: 1 })));
    await waitUntil('the older to say so', () => older.log().includes('left to newer workers'));
    await waitUntil('all put back', async () => (await producer.counts()).delayed === ids.length);
    expect(await readHandled(redis, queue)).toEqual([]);
    expect(await redis.hget(`sightline-queue:${queue}:job-0`, 'atm')).toBeNull();

    const newer = start(queue, 2);
    await waitUntil(
      'all handled',
      async () => (await readHandled(redis, queue)).length === ids.length,
      60_000,
    );
    await sleep(100);
    expect((await readHandled(redis, queue)).map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(older.log().match(/left to newer workers/g)).toHaveLength(1);
    await Promise.all([older.stop(), newer.stop()]);
    await producer.close();
  }, 90_000);
});
