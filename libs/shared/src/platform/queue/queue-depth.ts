import { type Redis } from 'ioredis';
import { QUEUE_PREFIX } from './redis.js';

/** BullMQ's scores of delayed jobs are a time in milliseconds times this, and a number. */
const DELAYED_SCORE_UNIT = 0x1000;

export interface QueueDepth {
  /** Jobs that nobody has taken yet. */
  readonly live: number;
  readonly archive: number;
  readonly active: number;
  /** Put back for a while, or to be tried again. */
  readonly delayed: number;
  /** Of the delayed ones, those whose time has come: a worker that looks for work takes them. */
  readonly due: number;
}

export interface WaitingJob {
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
  /** JSON text. */
  readonly data: string;
}

/** What a queue holds, in one round trip whatever its length. */
export async function readQueueDepth(redis: Redis, queue: string): Promise<QueueDepth> {
  const key = (part: string) => `${QUEUE_PREFIX}:${queue}:${part}`;
  const due = Date.now() * DELAYED_SCORE_UNIT + DELAYED_SCORE_UNIT - 1;
  const answers = await redis
    .pipeline()
    .llen(key('wait'))
    .zcard(key('prioritized'))
    .llen(key('active'))
    .zcard(key('delayed'))
    .zcount(key('delayed'), '-inf', due)
    .exec();
  const counts = (answers ?? []).map(([error, count]) => {
    if (error) throw error;
    return Number(count);
  });
  const [live = 0, archive = 0, active = 0, delayed = 0, dueNow = 0] = counts;
  return { live, archive, active, delayed, due: dueNow };
}

/**
 * Those that have waited longest in each lane, oldest first in each.
 * @param most of each lane
 */
export async function oldestWaiting(
  redis: Redis,
  queue: string,
  most: number,
): Promise<WaitingJob[]> {
  const key = (part: string) => `${QUEUE_PREFIX}:${queue}:${part}`;
  const [live, archive] = await Promise.all([
    // Taken from the right.
    redis.lrange(key('wait'), -most, -1),
    redis.zrange(key('prioritized'), 0, String(most - 1)),
  ]);
  const ids = [...live.reverse(), ...archive];
  const reads = redis.pipeline();
  for (const id of ids) reads.hmget(key(id), 'timestamp', 'data');
  const found = (await reads.exec()) ?? [];
  return found.flatMap(([, answer]) => {
    // One that was taken meanwhile and is done.
    const [addedAt, data] = answer as [string | null, string | null];
    return addedAt === null || data === null ? [] : { addedAt: Number(addedAt), data };
  });
}
