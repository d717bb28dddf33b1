import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DELIVERED_KEPT_MS,
  type DeliverWebhookPayload,
} from '#shared/contracts/deliver-webhook.contract.js';
import { type ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { wants, type EventLog, type LoggedEvent } from './event-log.js';
import { type WebhookGroup } from './webhook-group.js';
import { type Webhook } from './webhook.config.js';

const PAGE = 100;
const CHECK_MS = 5_000;
const RETRY_MS = 1_000;
const TIDY_MS = 60_000;
/** Past this many waiting deliveries the rest stays on the stream. */
const MOST_WAITING = 10_000;

/**
 * Puts events from the stream on one endpoint's queue. Its consumer group remembers how far it is,
 * shared by all matchers, from the first time the endpoint was configured.
 */
export class WebhookFeeder {
  private readonly logger = new Logger('webhooks');
  private readonly stop = new AbortController();
  private feeding: Promise<void> | undefined;
  private tidiedAt = -Infinity;
  private missed = 0;

  constructor(
    private readonly hook: Webhook,
    private readonly group: WebhookGroup,
    private readonly log: EventLog,
    private readonly producer: ContractProducer<DeliverWebhookPayload, null>,
  ) {}

  start(): void {
    this.feeding = this.feed();
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.feeding;
    await this.group.leave().catch((error: unknown) => this.logger.warn(error));
  }

  private async feed(): Promise<void> {
    const { signal } = this.stop;
    for (;;) {
      try {
        await this.group.create();
        for (;;) await this.step(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.logger.warn(`${this.hook.name}: ${String(error)}`);
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async step(signal: AbortSignal): Promise<void> {
    const { version } = this.log;
    await this.tidy();
    const moved = (await this.hasRoom())
      ? (await this.move(await this.group.takeAbandoned(PAGE))) +
        (await this.move(await this.group.takeNew(PAGE)))
      : 0;
    signal.throwIfAborted();
    if (moved === 0) await this.log.changedSince(version, CHECK_MS, signal);
  }

  private async move(entries: readonly LoggedEvent[]): Promise<number> {
    const wanted = entries.filter(({ event }) => wants(this.hook, event));
    await this.producer.addBulk(
      wanted.map(({ event }) => ({ v: 1, hook: this.hook.name, event }) as const),
      wanted.map(({ traceparent }) => ({ parent: traceparent })),
    );
    await this.group.acknowledge(entries);
    return entries.length;
  }

  private async hasRoom(): Promise<boolean> {
    return (await this.producer.backlog()) < MOST_WAITING;
  }

  private async tidy(): Promise<void> {
    if (performance.now() - this.tidiedAt < TIDY_MS) return;
    this.tidiedAt = performance.now();
    await this.producer.forgetFinished(DELIVERED_KEPT_MS);
    await this.group.forgetIdle();
    const missed = await this.group.missed();
    if (missed > this.missed) {
      this.logger.error(
        `EVENTS_MISSED: ${missed - this.missed} events were cut off the stream before ${this.hook.name} could be told; raise EVENT_STREAM_LENGTH, or mend the endpoint sooner`,
      );
    }
    this.missed = missed;
  }
}
