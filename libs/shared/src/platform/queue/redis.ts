import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { shutdownParticipants } from '../runtime/shutdown.js';

/** Prefix of BullMQ's keys; all other keys start with KEY_PREFIX. */
export const QUEUE_PREFIX = 'sightline-queue';
export const KEY_PREFIX = 'sightline';

/**
 * A connection whose commands wait while Redis is unavailable (BullMQ needs `maxRetriesPerRequest: null`).
 * Connection errors are logged; they never become uncaught exceptions.
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

/** Waits for the answers to commands that were sent. If Redis is unavailable, drops the connection at once. */
export async function closeRedis(redis: Redis): Promise<void> {
  if (redis.status === 'ready') await redis.quit();
  else redis.disconnect();
}

/** How long an answer of Redis is reused, milliseconds. */
const FRESH_MS = 1_000;

/** Bytes. The limit is maxmemory, or the memory of the machine when maxmemory is not set. */
export interface MemoryUsage {
  readonly used: number;
  readonly limit: number;
}

/** How full Redis is. A full Redis also blocks the work that would free memory, so intake stops earlier. */
export class RedisMemory {
  private answer: Promise<MemoryUsage> = Promise.resolve({ used: 0, limit: 0 });
  private readAt = -Infinity;

  constructor(private readonly redis: Redis) {}

  /** Used share of the limit, 0 to about 1. */
  async usedShare(): Promise<number> {
    const { used, limit } = await this.usage();
    return limit > 0 ? used / limit : 0;
  }

  usage(): Promise<MemoryUsage> {
    if (performance.now() - this.readAt > FRESH_MS) {
      this.readAt = performance.now();
      this.answer = this.read();
      this.answer.catch(() => (this.readAt = -Infinity));
    }
    return this.answer;
  }

  private async read(): Promise<MemoryUsage> {
    const info = await this.redis.info('memory');
    const bytes = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
    return {
      used: bytes('used_memory'),
      limit: bytes('maxmemory') || bytes('total_system_memory'),
    };
  }
}
