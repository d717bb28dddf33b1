import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { shutdownParticipants } from '../runtime/shutdown.js';

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

/** How long an answer of Redis is believed, milliseconds. */
const FRESH_MS = 1_000;

/** Bytes; the limit is its maxmemory, or the machine's memory where it has none. */
export interface MemoryUsage {
  readonly used: number;
  readonly limit: number;
}

/** How full Redis is. One that refuses to write holds up the very work that would empty it, so intake stops before. */
export class RedisMemory {
  private answer: Promise<MemoryUsage> = Promise.resolve({ used: 0, limit: 0 });
  private readAt = -Infinity;

  constructor(private readonly redis: Redis) {}

  /** Share of its maxmemory, or of the machine's memory where it has none, that Redis uses; 0 to about 1. */
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
