import { Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { QUEUE_PREFIX } from '#shared/queue/redis-connection.js';

const UNFINISHED = ['wait', 'active', 'delayed', 'prioritized'] as const;

/** Every queue that was ever used. */
export async function withQueues<T>(
  redis: Redis,
  use: (queues: readonly Queue[]) => Promise<T>,
): Promise<T> {
  const keys = await redis.keys(`${QUEUE_PREFIX}:*:meta`);
  const queues = keys
    .sort()
    .map((key) => new Queue(key.split(':')[1]!, { connection: redis, prefix: QUEUE_PREFIX }));
  try {
    return await use(queues);
  } finally {
    await Promise.all(queues.map((queue) => queue.close()));
  }
}

/** How many jobs have work before them, by queue and state; nothing when none has. */
export function unfinishedJobs(redis: Redis): Promise<Record<string, number>> {
  return withQueues(redis, async (queues) => {
    const found: Record<string, number> = {};
    for (const queue of queues) {
      for (const [state, count] of Object.entries(await queue.getJobCounts(...UNFINISHED))) {
        if (count > 0) found[`${queue.name} ${state}`] = count;
      }
    }
    return found;
  });
}

/** Keys of the images whose jobs are kept as failed, once for each job. */
export function failedImages(redis: Redis): Promise<string[]> {
  return withQueues(redis, async (queues) => {
    const jobs = await Promise.all(queues.map((queue) => queue.getFailed()));
    return jobs.flat().map((job) => {
      const data = job.data as { image?: { key: string }; event?: { id: string } };
      return data.image?.key ?? data.event?.id ?? job.id!;
    });
  });
}
