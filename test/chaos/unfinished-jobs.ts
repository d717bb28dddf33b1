import { Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';

const UNFINISHED = ['wait', 'active', 'delayed', 'prioritized'] as const;

/** How many jobs have work before them, by queue and state; nothing when none has. */
export async function unfinishedJobs(redis: Redis): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const key of (await redis.keys(`${QUEUE_PREFIX}:*:meta`)).sort()) {
    const queue = new Queue(key.split(':')[1]!, { connection: redis, prefix: QUEUE_PREFIX });
    for (const [state, count] of Object.entries(await queue.getJobCounts(...UNFINISHED))) {
      if (count > 0) found[`${queue.name} ${state}`] = count;
    }
    await queue.close();
  }
  return found;
}
