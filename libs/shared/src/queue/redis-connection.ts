import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { shutdownParticipants } from '../runtime/shutdown-participants.js';

/** BullMQ keys live under this prefix, everything else of ours under KEY_PREFIX. */
export const QUEUE_PREFIX = 'sightline-queue';
export const KEY_PREFIX = 'sightline';

/**
 * A connection that waits out a Redis that is away (BullMQ needs `maxRetriesPerRequest: null`).
 * Its errors are logged, never thrown from an event loop tick.
 */
export function connectRedis(url: string, name: string): Redis {
  const logger = new Logger(`redis:${name}`);
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    connectionName: name,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
  });
  redis.on('error', (error: Error) => logger.warn(error.message));
  const participant = { isCutOff: () => redis.status !== 'ready' };
  shutdownParticipants.add(participant);
  redis.once('end', () => shutdownParticipants.remove(participant));
  return redis;
}

/** Lets what was sent be answered; a connection to a Redis that is away is dropped, whatever waits for it. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') await redis.quit();
  else redis.disconnect();
}
