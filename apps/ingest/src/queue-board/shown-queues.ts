import { Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { deliverWebhookQueue, webhookOfGroup } from '#shared/contracts/deliver-webhook.contract.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { PipelineError, REDIS_DEPENDENCY } from '#shared/contracts/pipeline-error.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';

/** The queues that there are: the pipeline's, and one per webhook that a matcher has begun to deliver to. */
export class ShownQueues {
  private readonly logger = new Logger('queue-board');
  private readonly queues = new Map<string, Queue>();

  constructor(private readonly redis: Redis) {}

  /** @throws PipelineError REDIS_UNAVAILABLE at once, where a command would wait until Redis is back */
  async list(): Promise<Queue[]> {
    if (this.redis.status !== 'ready') {
      throw new PipelineError('REDIS_UNAVAILABLE', 'Redis is away; the board waits for it', {
        stage: 'query',
        class: 'wait',
        dependency: REDIS_DEPENDENCY,
        httpStatus: 503,
      });
    }
    const names = [embedImageContract.queue, matchFacesContract.queue];
    for (const hook of await this.webhooks()) names.push(deliverWebhookQueue(hook));
    return names.map((name) => this.open(name));
  }

  async close(): Promise<void> {
    for (const queue of this.queues.values()) await queue.close();
  }

  /** Only matchers have them in their settings; the stream of events knows who reads it. */
  private async webhooks(): Promise<string[]> {
    if (!(await this.redis.exists(EVENT_STREAM))) return [];
    // Of each group: name, value, name, value, …
    const groups = (await this.redis.xinfo('GROUPS', EVENT_STREAM)) as unknown[][];
    return groups
      .map((fields) => webhookOfGroup(String(fields[fields.indexOf('name') + 1])))
      .filter((hook) => hook !== null)
      .sort();
  }

  private open(name: string): Queue {
    const known = this.queues.get(name);
    if (known) return known;
    // Looking at a queue writes nothing.
    const options = { prefix: QUEUE_PREFIX, skipMetasUpdate: true };
    const queue = new Queue(name, { connection: this.redis, ...options });
    queue.on('error', (error) => this.logger.warn(error.message));
    this.queues.set(name, queue);
    return queue;
  }
}
