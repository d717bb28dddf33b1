import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { WebhookGroup } from '../../apps/matcher/src/events/webhook-group.js';
import { emit, matchEvent } from '../support/match-events.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';

describe('the consumer group of a webhook', () => {
  let server: TestRedis;
  let redis: Redis;
  let group: WebhookGroup;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
  });

  beforeEach(async () => {
    await redis.flushall();
    await put(3);
    group = new WebhookGroup('ops', 'matcher-1', redis, 60_000);
    await group.create();
  });

  afterAll(async () => {
    await redis.quit();
    await server.stop();
  });

  async function put(count: number): Promise<void> {
    await emit(redis, ...Array.from({ length: count }, (_, i) => matchEvent(`${i}.jpg`)));
  }

  async function consumers(): Promise<number> {
    return ((await redis.xinfo('CONSUMERS', EVENT_STREAM, 'webhook:ops')) as unknown[]).length;
  }

  it('starts at the end of the stream, and continues at its last position', async () => {
    expect(await group.takeNew(10)).toEqual([]);
    await put(2);
    await group.create();
    expect(await group.takeNew(10)).toHaveLength(2);
  });

  it('counts events that were removed from the stream before they were read', async () => {
    await put(5);
    await group.acknowledge(await group.takeNew(5));
    await put(6);
    expect(await group.missed()).toBe(0);
    await redis.xtrim(EVENT_STREAM, 'MAXLEN', 2);
    expect(await group.missed()).toBe(4);
    await group.acknowledge(await group.takeNew(10));
    expect(await group.missed()).toBe(0);
  });

  it('does not count removed events that were read before', async () => {
    await put(5);
    await group.acknowledge(await group.takeNew(10));
    await redis.xtrim(EVENT_STREAM, 'MAXLEN', 0);
    expect(await group.missed()).toBe(0);
  });

  it('removes the consumer of a matcher that stops only when it has no unacknowledged events', async () => {
    await put(2);
    const held = await group.takeNew(10);
    await group.leave();
    expect(await consumers()).toBe(1);
    await group.acknowledge(held);
    await group.leave();
    expect(await consumers()).toBe(0);
  });

  it('keeps the consumer of a matcher that was active recently', async () => {
    await put(1);
    await group.acknowledge(await group.takeNew(10));
    expect(await group.forgetIdle()).toBe(0);
    expect(await consumers()).toBe(1);
  });
});
