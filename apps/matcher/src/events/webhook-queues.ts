import { type Redis } from 'ioredis';
import { Gauge } from 'prom-client';
import { registers } from '#shared/platform/observability/metrics.js';
import { readQueueDepth, type QueueDepth } from '#shared/platform/queue/queue-depth.js';
import { within } from '#shared/platform/queue/time-limit.js';

/** A scrape waits no longer for Redis, milliseconds. */
const PATIENCE_MS = 2_000;

/** Connections by queue. */
const watched = new Map<string, Redis>();

/** Whoever does not configure a webhook does not know its queue, so each matcher tells; all say the same. */
export function watchWebhookQueue(queue: string, redis: Redis): void {
  watched.set(queue, redis);
}

export function unwatchWebhookQueue(queue: string): void {
  watched.delete(queue);
}

new Gauge({
  name: 'sightline_queue_waiting',
  help: 'Deliveries that nobody has taken yet.',
  labelNames: ['queue', 'lane'],
  registers,
  async collect() {
    const depths = await readDepths();
    this.reset();
    for (const [queue, { live }] of depths) this.set({ queue, lane: 'live' }, live);
  },
});

new Gauge({
  name: 'sightline_queue_delayed',
  help: 'Deliveries that failed and are tried again later.',
  labelNames: ['queue'],
  registers,
  async collect() {
    const depths = await readDepths();
    this.reset();
    for (const [queue, { delayed }] of depths) this.set({ queue }, delayed);
  },
});

/** Without those whose Redis does not answer. */
async function readDepths(): Promise<[string, QueueDepth][]> {
  const reads = await Promise.allSettled(
    [...watched].map(async ([queue, redis]): Promise<[string, QueueDepth]> => {
      if (redis.status !== 'ready') throw new Error('Redis is away');
      const late = () => new Error('Redis does not answer');
      return [queue, await within(readQueueDepth(redis, queue), PATIENCE_MS, late)];
    }),
  );
  return reads.flatMap((read) => (read.status === 'fulfilled' ? [read.value] : []));
}
