import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { EventEmitter, once } from 'node:events';
import { QueueListener } from '#shared/platform/queue/queue-listener.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const IDLE_MS = 100;

describe('QueueListener', () => {
  let server: TestRedis;
  let redis: Redis;
  let listener: QueueListener;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
    listener = new QueueListener('jobs', redis, new Logger('test'), IDLE_MS);
  });
  afterAll(async () => {
    await listener.close();
    await redis.quit();
    await server.stop();
  });

  /** Number of connections that wait for events of the queue. */
  async function listening(): Promise<number> {
    const clients = String(await redis.client('LIST'));
    return clients.split('\n').filter((client) => client.includes(' cmd=xread')).length;
  }

  it('uses one connection for all users, and closes it some time after the last use', async () => {
    expect(await listening()).toBe(0);
    const leaving = new EventEmitter();
    const stay = once(leaving, 'leave');
    const users = [1, 2].map(() => listener.use(() => stay));
    await waitUntil('the listener', listening);
    expect(await listening()).toBe(1);
    // A user who leaves does not close the connection of the others.
    await listener.use(() => Promise.resolve());
    await new Promise((resolve) => setTimeout(resolve, 3 * IDLE_MS));
    expect(await listening()).toBe(1);
    leaving.emit('leave');
    await Promise.all(users);
    await waitUntil('the end of the listener', async () => (await listening()) === 0);
  });

  it('connects again for the next user', async () => {
    const heard = await listener.use(async (events) => {
      const added = new Promise<string>((resolve) => {
        events.on('added', ({ jobId }) => resolve(jobId));
      });
      await redis.xadd('sightline-queue:jobs:events', '*', 'event', 'added', 'jobId', '7');
      return added;
    });
    expect(heard).toBe('7');
  });
});
