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

/** Events in one step. */
const PAGE = 100;
/** Longest wait for a new event before the next step, which also looks for abandoned events. */
const CHECK_MS = 5_000;
const RETRY_MS = 1_000;
const CLEAN_UP_MS = 60_000;
/** While more deliveries than this wait, further events stay in the stream. */
const MAX_WAITING = 10_000;

/**
 * Moves events from the stream to one endpoint's queue. A consumer group, shared by all matchers,
 * stores the position. It starts with the first event after the endpoint was configured.
 */
export class WebhookFeeder {
  private readonly logger = new Logger('webhooks');
  private readonly stop = new AbortController();
  private feeding: Promise<void> | undefined;
  private cleanedUpAt = -Infinity;
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
    await this.cleanUp();
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
    return (await this.producer.backlog()) < MAX_WAITING;
  }

  private async cleanUp(): Promise<void> {
    if (performance.now() - this.cleanedUpAt < CLEAN_UP_MS) return;
    this.cleanedUpAt = performance.now();
    await this.producer.forgetFinished(DELIVERED_KEPT_MS);
    await this.group.forgetIdle();
    const missed = await this.group.missed();
    if (missed > this.missed) {
      this.logger.error(
        `EVENTS_MISSED: ${missed - this.missed} events were trimmed from the stream before webhook ${this.hook.name} received them; raise EVENT_STREAM_LENGTH, or repair the endpoint sooner`,
      );
    }
    this.missed = missed;
  }
}
