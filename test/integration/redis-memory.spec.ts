import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { connectRedis } from '#shared/platform/queue/redis.js';
import {
  measureRedisMemory,
  type MemoryPart,
} from '../../bench/redis-memory/measure-redis-memory.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';

describe('the memory of Redis', () => {
  let server: TestRedis;
  let redis: Redis;
  let parts: Map<string, MemoryPart>;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
    const measured = await measureRedisMemory(redis, {
      images: 50_000,
      events: 5_000,
      jobs: 2_000,
    });
    parts = new Map(measured.map((part) => [part.kind, part]));
  }, 600_000);

  afterAll(async () => {
    await redis.quit();
    await server.stop();
  });

  // Limits a little above the figures of `npm run bench:redis-memory`. The first images of a ledger include its buckets.
  it.each([
    ['ledger, first half', 150],
    ['ledger, second half', 140],
    ['log of an import, full', 220],
    ['dead letters of a tenant, full', 2_500],
    ['event stream, full', 1_300],
    ['plans of pages', 250],
    ['embed-image queue', 2_500],
    ['match-faces queue, one face each', 5_500],
    ["a webhook's queue", 3_000],
  ])('is bounded for: %s', (kind, most) => {
    const { bytes, count } = parts.get(kind)!;
    expect(count).toBeGreaterThan(0);
    expect(bytes / count).toBeLessThan(most);
  });

  it('does not grow beyond the maximum lengths of the event stream and of import logs', () => {
    expect(parts.get('event stream, full')!.count).toBeLessThan(5_100);
    expect(parts.get('log of an import, full')!.count).toBeLessThan(100_200);
  });
});
