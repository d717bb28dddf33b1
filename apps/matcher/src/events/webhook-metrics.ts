import { type Redis } from 'ioredis';
import { Counter, Gauge } from 'prom-client';
import { registers } from '#shared/platform/observability/metrics.js';
import { readQueueDepth, type QueueDepth } from '#shared/platform/queue/queue-depth.js';
import { within } from '#shared/platform/queue/time-limit.js';

const RESULTS = ['delivered', 'failed', 'gave_up'] as const;

const deliveries = new Counter({
  name: 'sightline_webhook_deliveries_total',
  help: 'Webhook posts by result: delivered, failed, or gave_up for an event whose last attempt failed.',
  labelNames: ['webhook', 'result'],
  registers,
});

/** Creates the counters with the value 0, because alerts only see an increase. */
export function initialiseDeliveries(webhook: string): void {
  for (const result of RESULTS) deliveries.inc({ webhook, result }, 0);
}

export function countDelivery(webhook: string, result: (typeof RESULTS)[number]): void {
  deliveries.inc({ webhook, result });
}

/** Redis connections by queue name. One map per process: prom-client allows each gauge once per process. */
const watched = new Map<string, Redis>();

/**
 * Exports the depth of a webhook's queue. Every matcher exports it, with the same values: other
 * services do not know the webhooks' names.
 */
export function watchWebhookQueue(queue: string, redis: Redis): void {
  watched.set(queue, redis);
}

export function unwatchWebhookQueue(queue: string): void {
  watched.delete(queue);
}

new Gauge({
  name: 'sightline_queue_waiting',
  help: 'Deliveries that wait in the queue.',
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
  help: 'Deliveries that failed and wait for a retry.',
  labelNames: ['queue'],
  registers,
  async collect() {
    const depths = await readDepths();
    this.reset();
    for (const [queue, { delayed }] of depths) this.set({ queue }, delayed);
  },
});

/** Longest time that a scrape waits for Redis, milliseconds. */
const REDIS_TIMEOUT_MS = 2_000;

/** Depths by queue, without the queues whose Redis does not answer. */
async function readDepths(): Promise<[string, QueueDepth][]> {
  const reads = await Promise.allSettled(
    [...watched].map(async ([queue, redis]): Promise<[string, QueueDepth]> => {
      if (redis.status !== 'ready') throw new Error('Redis is unavailable');
      const late = () => new Error('Redis does not answer');
      return [queue, await within(readQueueDepth(redis, queue), REDIS_TIMEOUT_MS, late)];
    }),
  );
  return reads.flatMap((read) => (read.status === 'fulfilled' ? [read.value] : []));
}
