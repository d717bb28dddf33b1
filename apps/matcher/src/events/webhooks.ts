import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { type Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { deliverWebhookContract } from '#shared/contracts/deliver-webhook.contract.js';
import { DeadLetterWriter } from '#shared/platform/ledger/dead-letter-writer.js';
import { guardedAgents, type GuardedAgents } from '#shared/platform/net/guarded-agents.js';
import { Readiness } from '#shared/platform/observability/health.js';
import { Queues } from '#shared/platform/queue/queues.js';
import { CONFIG, REDIS } from '#shared/platform/tokens.js';
import { type MatcherConfig } from '../matcher.config.js';
import { EventLog } from './event-log.js';
import { WebhookFeeder } from './webhook-feeder.js';
import { WebhookGroup } from './webhook-group.js';
import { unwatchWebhookQueue, watchWebhookQueue } from './webhook-metrics.js';
import { WebhookSender } from './webhook-sender.js';
import { type Webhook } from './webhook.config.js';

/** Concurrent posts per endpoint. */
const CONCURRENCY = 8;

/**
 * Delivers match events to webhooks. Each endpoint has its own feeder (stream to queue) and its own
 * queue and worker (queue to POST), so that a slow endpoint does not delay the others.
 */
@Injectable()
export class Webhooks implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly pipes: ReturnType<Webhooks['pipe']>[];
  private readonly consumer = randomUUID();
  private readonly agents: GuardedAgents;

  constructor(
    @Inject(CONFIG) private readonly config: MatcherConfig,
    @Inject(REDIS) private readonly redis: Redis,
    private readonly queues: Queues,
    private readonly log: EventLog,
    private readonly letters: DeadLetterWriter,
    private readonly readiness: Readiness,
  ) {
    this.agents = guardedAgents(config.ALLOW_INTERNAL_ADDRESSES, {});
    this.pipes = config.WEBHOOKS.map((hook) => this.pipe(hook));
  }

  onApplicationBootstrap(): void {
    for (const { hook, feeder, sender, worker } of this.pipes) {
      feeder.start();
      worker.start();
      // Always ok: an endpoint that fails is no reason to send the matcher no requests.
      this.readiness.add({
        name: `webhook ${hook.name}`,
        check: () => Promise.resolve(sender.facts()),
      });
      watchWebhookQueue(worker.queue, this.redis);
    }
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(
      this.pipes.map(async ({ feeder, worker }) => {
        unwatchWebhookQueue(worker.queue);
        await Promise.all([feeder.close(), worker.close()]);
      }),
    );
  }

  private pipe(hook: Webhook) {
    const { config, redis, queues } = this;
    const contract = deliverWebhookContract(hook.name, {
      attempts: config.WEBHOOK_ATTEMPTS,
      backoffMs: config.WEBHOOK_RETRY_MS,
    });
    // The same time after which a job of a worker that stopped renewing its lock is stalled.
    const group = new WebhookGroup(hook.name, this.consumer, redis, 2 * config.JOB_LOCK_MS);
    const feeder = new WebhookFeeder(hook, group, this.log, queues.producer(contract));
    const sender = new WebhookSender(hook, config.WEBHOOK_TIMEOUT_MS, this.agents, this.letters);
    const worker = queues.worker(contract, sender, {
      stage: 'emit',
      concurrency: CONCURRENCY,
      config,
    });
    return { hook, feeder, sender, worker };
  }
}
