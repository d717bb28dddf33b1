import { type Logger } from '@nestjs/common';
import { QueueEvents } from 'bullmq';
import { type Redis } from 'ioredis';
import { QUEUE_PREFIX } from './redis.js';

/** How long an unused listener stays open, milliseconds. */
const IDLE_MS = 60_000;

/**
 * Listens to the events of a queue's jobs while a caller waits for a result. Redis sends every listener the
 * events of all jobs, so the listener is closed when nobody uses it.
 */
export class QueueListener {
  private events: Promise<QueueEvents> | undefined;
  private users = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor(
    private readonly queue: string,
    private readonly redis: Redis,
    private readonly logger: Logger,
    private readonly idleMs = IDLE_MS,
  ) {}

  async use<T>(work: (events: QueueEvents) => Promise<T>): Promise<T> {
    this.users++;
    clearTimeout(this.idle);
    try {
      return await work(await this.listen());
    } finally {
      if (--this.users === 0) this.stopLater();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.idle);
    const { events } = this;
    this.events = undefined;
    await (await events)?.close();
  }

  private stopLater(): void {
    const stop = () => this.close().catch((error: unknown) => this.logger.warn(error));
    this.idle = setTimeout(() => void stop(), this.idleMs).unref();
  }

  private listen(): Promise<QueueEvents> {
    this.events ??= this.open().catch((error: unknown) => {
      this.events = undefined;
      throw error;
    });
    return this.events;
  }

  private async open(): Promise<QueueEvents> {
    // Starts one second in the past, so that a job that ends before the first read is not missed.
    const [seconds] = await this.redis.time();
    const events = new QueueEvents(this.queue, {
      connection: this.redis,
      prefix: QUEUE_PREFIX,
      lastEventId: `${(Number(seconds) - 1) * 1000}-0`,
    });
    events.on('error', (error) => this.logger.warn(error.message));
    events.setMaxListeners(0);
    await events.waitUntilReady();
    return events;
  }
}
