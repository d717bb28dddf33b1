import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { type Response } from 'express';
import { once } from 'node:events';
import { wants, type EventFilter, EventLog, type LoggedEvent } from './event-log.js';
import { eventStreams } from './event-metrics.js';

const PAGE = 100;
const HEARTBEAT_MS = 15_000;

/** Readers of server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly logger = new Logger('events');
  private readonly shutdown = new AbortController();

  constructor(private readonly log: EventLog) {}

  /** Ends the streams: their readers come back with Last-Event-ID and miss nothing. */
  onModuleDestroy(): void {
    this.shutdown.abort();
  }

  /** Writes events to `response` until its reader goes away. */
  async send(filter: EventFilter, after: string | undefined, response: Response): Promise<void> {
    const start = after ?? (await this.log.newest());
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const signal = AbortSignal.any([this.shutdown.signal, gone.signal]);
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    response.write('retry: 2000\n\n');
    eventStreams.inc();
    try {
      await this.follow(filter, start, response, signal);
    } catch (error) {
      if (!signal.aborted) this.logger.warn(error);
    } finally {
      eventStreams.dec();
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
      // The bare id lets a reader of few events go on from here instead of searching again.
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
