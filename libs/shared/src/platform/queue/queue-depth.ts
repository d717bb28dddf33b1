import { type Redis } from 'ioredis';
import { QUEUE_PREFIX } from './redis.js';

/** BullMQ's score of a delayed job is its time in milliseconds times this, plus a sequence number. */
const DELAYED_SCORE_UNIT = 0x1000;

export interface QueueDepth {
  /** Waiting jobs of each lane. */
  readonly live: number;
  readonly archive: number;
  readonly active: number;
  /** Put back for a while, or waiting for a retry. */
  readonly delayed: number;
  /** Delayed jobs whose delay is over: a worker can take them. */
  readonly due: number;
}

export interface WaitingJob {
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
  /** JSON text. */
  readonly data: string;
}

/** Counts the jobs of a queue in one round trip. */
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
 * The jobs of each lane that have waited longest, oldest first.
 * @param most maximum number of jobs of each lane
 */
export async function oldestWaiting(
  redis: Redis,
  queue: string,
  most: number,
): Promise<WaitingJob[]> {
  const key = (part: string) => `${QUEUE_PREFIX}:${queue}:${part}`;
  const [live, archive] = await Promise.all([
    // Workers take from the right.
    redis.lrange(key('wait'), -most, -1),
    redis.zrange(key('prioritized'), 0, String(most - 1)),
  ]);
  const ids = [...live.reverse(), ...archive];
  const reads = redis.pipeline();
  for (const id of ids) reads.hmget(key(id), 'timestamp', 'data');
  const found = (await reads.exec()) ?? [];
  return found.flatMap(([, answer]) => {
    // Null: the job is already done.
    const [addedAt, data] = answer as [string | null, string | null];
    return addedAt === null || data === null ? [] : { addedAt: Number(addedAt), data };
  });
}
