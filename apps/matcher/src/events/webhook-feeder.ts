import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Redis } from 'ioredis';
import { EVENT_STREAM } from '#shared/outcomes/event-stream.js';
import { type ContractProducer } from '#shared/queue/contract-producer.js';
import { type DeliverWebhookPayload } from './deliver-webhook.contract.js';
import { wants } from './event-filter.js';
import { parseEntries, type EventLog } from './event-log.js';
import { type Webhook } from './webhook.config.js';

const PAGE = 100;
const CHECK_MS = 5_000;
const RETRY_MS = 1_000;
/** Past this many waiting deliveries the rest stays on the stream. */
const MOST_WAITING = 10_000;

/**
 * Puts events from the stream on one endpoint's queue. Its consumer group remembers how far it is,
 * shared by all matchers, from the first time the endpoint was configured.
 */
export class WebhookFeeder {
  private readonly logger = new Logger('webhooks');
  private readonly stop = new AbortController();
  private readonly group: string;
  private feeding: Promise<void> | undefined;

  constructor(
    private readonly hook: Webhook,
    private readonly redis: Redis,
    private readonly log: EventLog,
    private readonly producer: ContractProducer<DeliverWebhookPayload, null>,
    private readonly consumer: string,
    /** An entry that a matcher took and did not acknowledge for so long goes to another one. */
    private readonly abandonedMs: number,
  ) {
    this.group = `webhook:${hook.name}`;
  }

  start(): void {
    this.feeding = this.feed();
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.feeding;
  }

  private async feed(): Promise<void> {
    const { signal } = this.stop;
    for (;;) {
      try {
        await this.createGroup();
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
    const moved = (await this.hasRoom())
      ? (await this.move(await this.takeAbandoned())) + (await this.move(await this.takeNew()))
      : 0;
    signal.throwIfAborted();
    if (moved === 0) await this.log.changedSince(version, CHECK_MS, signal);
  }

  private async move(entries: Parameters<typeof parseEntries>[0]): Promise<number> {
    if (entries.length === 0) return 0;
    const events = parseEntries(entries).filter(({ event }) => wants(this.hook, event));
    await this.producer.addBulk(
      events.map(({ event }) => ({ v: 1, hook: this.hook.name, event }) as const),
    );
    await this.redis.xack(EVENT_STREAM, this.group, ...entries.map(([id]) => id));
    return entries.length;
  }

  private async takeNew() {
    const found = (await this.redis.xreadgroup(
      ...([
        'GROUP',
        this.group,
        this.consumer,
        'COUNT',
        PAGE,
        'STREAMS',
        EVENT_STREAM,
        '>',
      ] as const),
    )) as [string, [string, string[]][]][] | null;
    return found?.[0]?.[1] ?? [];
  }

  private async takeAbandoned() {
    const [, entries] = (await this.redis.xautoclaim(
      ...([
        EVENT_STREAM,
        this.group,
        this.consumer,
        this.abandonedMs,
        '0-0',
        'COUNT',
        PAGE,
      ] as const),
    )) as [string, [string, string[]][]];
    return entries;
  }

  private async hasRoom(): Promise<boolean> {
    return (await this.producer.backlog()) < MOST_WAITING;
  }

  private async createGroup(): Promise<void> {
    try {
      await this.redis.xgroup('CREATE', EVENT_STREAM, this.group, '$', 'MKSTREAM');
    } catch (error) {
      if (!String(error).includes('BUSYGROUP')) throw error;
    }
  }
}
