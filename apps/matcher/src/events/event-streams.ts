import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { type Response } from 'express';
import { once } from 'node:events';
import { Gauge } from 'prom-client';
import { registers } from '#shared/platform/observability/metrics.js';
import { RETRY_AFTER } from '#shared/platform/http/error.filter.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { requestError } from '../request-error.js';
import { EventLog, wants, type EventFilter, type LoggedEvent } from './event-log.js';

/** Events in one read from the log. */
const PAGE = 100;
const HEARTBEAT_MS = 15_000;

/** A reader that is refused tries again after this time. */
const RETRY_AFTER_SECONDS = 10;

interface StreamConfig {
  readonly EVENT_STREAMS: number;
  readonly EVENT_STREAMS_PER_TENANT: number;
}

const connected = new Gauge({
  name: 'sightline_event_streams',
  help: 'Connected readers of server-sent events.',
  registers,
});

/** Sends match events as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly logger = new Logger('events');
  private readonly shutdown = new AbortController();

  /** Number of open streams by tenant. */
  private readonly open = new Map<string, number>();

  constructor(
    private readonly log: EventLog,
    @Inject(CONFIG) private readonly config: StreamConfig,
  ) {}

  /** Ends the streams. Their readers reconnect with Last-Event-ID and miss nothing. */
  onModuleDestroy(): void {
    this.shutdown.abort();
  }

  /**
   * Writes events to `response` until the reader disconnects.
   * @param after id of the last event that the reader has; undefined: start with the next event
   * @throws PipelineError TOO_MANY_STREAMS (429)
   */
  async send(
    filter: EventFilter & { readonly tenant: string },
    after: string | undefined,
    response: Response,
  ): Promise<void> {
    const close = this.admit(filter.tenant);
    try {
      await this.stream(filter, after, response);
    } finally {
      close();
    }
  }

  /** @returns a function to call when the stream has ended */
  private admit(tenant: string): () => void {
    const { EVENT_STREAMS, EVENT_STREAMS_PER_TENANT } = this.config;
    const ofTenant = this.open.get(tenant) ?? 0;
    const all = [...this.open.values()].reduce((sum, count) => sum + count, 0);
    if (all >= EVENT_STREAMS || ofTenant >= EVENT_STREAMS_PER_TENANT) {
      const message = 'too many event streams are open; close one, or try again later';
      const details = { [RETRY_AFTER]: RETRY_AFTER_SECONDS };
      throw requestError(429, 'TOO_MANY_STREAMS', message, details);
    }
    this.open.set(tenant, ofTenant + 1);
    return () => {
      const left = (this.open.get(tenant) ?? 0) - 1;
      if (left > 0) this.open.set(tenant, left);
      else this.open.delete(tenant);
    };
  }

  private async stream(
    filter: EventFilter,
    after: string | undefined,
    response: Response,
  ): Promise<void> {
    const start = after ?? (await this.log.newest());
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    // The reader may have left, or been answered with an error, while the log was read.
    if (response.headersSent || response.destroyed) return;
    const signal = AbortSignal.any([this.shutdown.signal, gone.signal]);
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    response.write('retry: 2000\n\n');
    connected.inc();
    try {
      await this.follow(filter, start, response, signal);
    } catch (error) {
      if (!signal.aborted) this.logger.warn(error);
    } finally {
      connected.dec();
      response.end();
    }
  }

  private async follow(
    filter: EventFilter,
    start: string,
    response: Response,
    signal: AbortSignal,
  ): Promise<void> {
    let last = start;
    for (;;) {
      const { version } = this.log;
      const page = await this.log.readAfter(last, PAGE);
      const wanted = page.events.filter(({ event }) => wants(filter, event));
      last = page.last;
      // An id without an event: a reader whose filter matches few events reconnects from here.
      const rest = wanted.at(-1)?.id === last ? '' : `: still here\nid: ${last}\n\n`;
      const text = wanted.map(frame).join('') + (page.more ? '' : rest);
      signal.throwIfAborted();
      if (text && !response.write(text)) await once(response, 'drain', { signal });
      if (!page.more) await this.log.changedSince(version, HEARTBEAT_MS, signal);
    }
  }
}

function frame({ id, event }: LoggedEvent): string {
  return `id: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
}
