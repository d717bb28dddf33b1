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
import { Readiness } from '#shared/platform/observability/health.js';
import { guardedAgents, type GuardedAgents } from '#shared/platform/net/guarded-agents.js';
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
    readiness: Readiness,
  ) {
    this.agents = guardedAgents(config.ALLOW_INTERNAL_ADDRESSES, {});
    this.pipes = config.WEBHOOKS.map((hook) => this.pipe(hook));
    if (this.pipes.length === 0) return;
    readiness.add({ name: 'webhooks', check: () => Promise.resolve(this.facts()) });
  }

  onApplicationBootstrap(): void {
    for (const { feeder, worker } of this.pipes) {
      feeder.start();
      worker.start();
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

  /** A receiver that refuses events does not make the matcher unready: everything else works. */
  private facts(): Readonly<Record<string, unknown>> {
    const problems = this.pipes.flatMap(({ sender }) => sender.problem ?? []);
    return problems.length === 0 ? {} : { problem: problems.join('; ') };
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
    return { feeder, worker, sender };
  }
}
