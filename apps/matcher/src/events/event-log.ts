import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { type Redis } from 'ioredis';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { tenantSchema } from '#shared/contracts/image-ref.js';
import { matchEventSchema, type MatchEvent } from '#shared/contracts/match-event.contract.js';
import { parseStored } from '#shared/contracts/parse-stored.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { REDIS } from '#shared/platform/tokens.js';

/** A match event and its position in the stream. */
export interface LoggedEvent {
  /** Redis stream id: milliseconds '-' sequence. */
  readonly id: string;
  readonly tenant: string;
  readonly event: MatchEvent;
  /** W3C trace context of the image; null when its trace is not recorded. */
  readonly traceparent: string | null;
}

/** Longest time that one blocking read waits for an event. */
const BLOCK_MS = 5_000;
/** Readers are woken at most once in this time. */
const PAUSE_MS = 20;
const RETRY_MS = 1_000;

const logger = new Logger('events');

/**
 * The stream of match events. One blocking connection watches for new events and only wakes the
 * readers. Each reader reads its own pages, so that a slow reader needs no memory.
 */
@Injectable()
export class EventLog implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private readonly watcher: Redis;
  private watching: Promise<void> | undefined;
  private stopped = false;
  private seen = 0;

  constructor(@Inject(REDIS) private readonly redis: Redis) {
    this.watcher = redis.duplicate({ lazyConnect: true });
    this.watcher.on('error', (error: Error) => logger.warn(error.message));
  }

  onApplicationBootstrap(): void {
    this.watching = this.watch();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.watcher.disconnect();
    await this.watching;
  }

  /** Increases when there may be new events. Get it before reading, then wait until it changes. */
  get version(): number {
    return this.seen;
  }

  /** Resolves when the version has changed, or after `timeoutMs`. Rejects when `signal` aborts. */
  async changedSince(version: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.seen !== version) return;
    const done = new AbortController();
    const stop = AbortSignal.any([signal, done.signal]);
    try {
      await Promise.race([
        once(this.changes, 'change', { signal: stop }),
        sleep(timeoutMs, undefined, { signal: stop }),
      ]);
    } finally {
      done.abort();
    }
  }

  /** Id of the newest event; `0-0` when the stream is empty. */
  async newest(): Promise<string> {
    const [entry] = await this.redis.xrevrange(EVENT_STREAM, '+', '-', 'COUNT', 1);
    return entry?.[0] ?? '0-0';
  }

  /** The events after `id`, oldest first. Continue after `last`; `more`: there may be further events. */
  async readAfter(id: string, limit: number) {
    const entries = await this.redis.xrange(EVENT_STREAM, `(${id}`, '+', 'COUNT', limit);
    const last = entries.at(-1)?.[0] ?? id;
    return { events: parseEntries(entries), last, more: entries.length === limit };
  }

  private async watch(): Promise<void> {
    let last: string | undefined;
    for (;;) {
      try {
        last ??= await this.newest();
        const found = await this.watcher.xread(
          'COUNT',
          1,
          'BLOCK',
          BLOCK_MS,
          'STREAMS',
          EVENT_STREAM,
          last,
        );
        if (!found) continue;
        last = await this.newest();
        this.wake();
        await sleep(PAUSE_MS);
      } catch (error) {
        if (this.stopped) return;
        logger.warn(error);
        this.wake();
        await sleep(RETRY_MS);
      }
    }
  }

  private wake(): void {
    this.seen++;
    this.changes.emit('change');
  }
}

/** A stream entry as Redis returns it; the fields are null when the entry was deleted. */
export type StreamEntry = readonly [id: string, fields: readonly string[] | null];

/** The events of stream entries. Skips damaged entries, so that they do not block the ones after them. */
export function parseEntries(entries: readonly StreamEntry[]): LoggedEvent[] {
  return entries.flatMap((entry) => {
    const [id] = entry;
    try {
      const text = fieldOf(entry, 'event') ?? '';
      const event = parseStored(matchEventSchema, text, `event ${id}`, 'emit');
      const tenant = tenantSchema.parse(fieldOf(entry, 'tenant'));
      return [{ id, tenant, event, traceparent: fieldOf(entry, 'traceparent') }];
    } catch (error) {
      logger.error(`skipped damaged entry ${id} of ${EVENT_STREAM}: ${String(error)}`);
      return [];
    }
  });
}

/** Whether a text from a caller is an id of the stream. */
export function isEventId(text: string): boolean {
  return /^\d{1,16}-\d{1,16}$/.test(text);
}

/** Value of a field: `fields` alternates names and values. */
export function fieldOf([, fields]: StreamEntry, name: string): string | null {
  const at = (fields ?? []).findIndex((field, i) => i % 2 === 0 && field === name);
  return at < 0 ? null : (fields?.[at + 1] ?? null);
}

/** Selects events; a field that is undefined matches every event. */
export interface EventFilter {
  readonly tenant?: string | undefined;
  readonly types?: readonly MatchEvent['type'][] | undefined;
  readonly personId?: string | undefined;
  readonly cameraId?: string | undefined;
}

export function wants(filter: EventFilter, event: MatchEvent): boolean {
  const { source, person, tenant } = event.data;
  if (filter.tenant !== undefined && filter.tenant !== tenant) return false;
  if (filter.types && !filter.types.includes(event.type)) return false;
  if (filter.personId !== undefined && filter.personId !== person?.personId) return false;
  if (filter.cameraId === undefined) return true;
  return source.kind === 'camera' && source.cameraId === filter.cameraId;
}
