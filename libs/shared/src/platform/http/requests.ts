import { type BeforeApplicationShutdown } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type NextFunction, type Request, type Response } from 'express';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Histogram } from 'prom-client';
import { withLogFields } from '../observability/logging.js';
import { DURATIONS, registers } from '../observability/metrics.js';
import { tracer } from '../observability/tracing.js';
import { isMetricsPath } from './access.js';

const requests = new Counter({
  name: 'sightline_requests_total',
  help: 'HTTP requests, by route and status.',
  labelNames: ['route', 'status'],
  registers,
});

const seconds = new Histogram({
  name: 'sightline_request_seconds',
  help: 'Time to answer an HTTP request; of an event stream, how long it was open.',
  labelNames: ['route'],
  buckets: DURATIONS,
  registers,
});

/** Counts by the route's template: what is in a URL is without bound. */
export function measureRequests(request: Request, response: Response, next: NextFunction): void {
  const begin = performance.now();
  response.once('close', () => {
    const route = routeOf(request);
    requests.inc({ route, status: String(response.statusCode) });
    seconds.observe({ route }, (performance.now() - begin) / 1000);
  });
  next();
}

function routeOf({ route, method }: Request): string {
  const template = (route as { readonly path?: unknown } | undefined)?.path;
  return typeof template === 'string' ? `${method} ${template}` : 'none';
}

/** What probes and scrapers ask, all day long. */
const UNTRACED = /^\/(health|metrics)(\/|$)/;

/** Gives each request an id in its log lines, and a span in the caller's trace when tracing is on. */
export function requestContext(request: Request, response: Response, next: NextFunction): void {
  const requestId = randomUUID();
  const traces = tracer();
  if (!traces || UNTRACED.test(request.path)) {
    withLogFields({ requestId }, next);
    return;
  }
  const parent = request.header('traceparent');
  const span = traces.start({ name: request.method, kind: 'server', parent });
  response.once('close', () => {
    const status = response.statusCode;
    span.set({ 'http.route': routeOf(request), 'http.response.status_code': status });
    if (status >= 500) span.fail(String(status));
    span.end();
  });
  withLogFields({ requestId, traceId: span.traceId }, () => traces.within(span, next));
}

/** Longer than any request of ours; images come as multipart. Bytes. */
const MAX_JSON_BYTES = 64 * 1024;
/** A client that sends its headers more slowly than this is not one of ours. */
const HEADERS_TIMEOUT_MS = 15_000;
/** For a whole request, an upload among them. */
const REQUEST_TIMEOUT_MS = 120_000;

/** What a service takes of one request; made without Nest's own body parsers. */
export function limitRequests(app: NestExpressApplication): void {
  app.useBodyParser('json', { limit: MAX_JSON_BYTES });
  const server = app.getHttpServer();
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
}

/** Seconds; by then a balancer has seen the readiness probe fail. */
const RETRY_AFTER = '1';

const NOT_READY = {
  status: 'not ready',
  checks: [{ name: 'shutdown', ok: false, code: 'SHUTTING_DOWN', reason: 'shutting down' }],
};

const REFUSAL = {
  error: {
    code: 'SHUTTING_DOWN',
    message: 'this process is shutting down; send the request again',
    details: {},
  },
};

/**
 * The HTTP calls in hand. Once it refuses, `/health/ready` and every new call get 503, only `/health/live`
 * and `/metrics` go on being answered; the answers in hand go out before the server cuts its connections.
 */
export class RequestsInHand implements BeforeApplicationShutdown {
  private readonly answers = new Set<Promise<void>>();
  private refusedAt: number | null = null;

  /** @param patienceMs how long a client may take to end its request, from the refusal on */
  constructor(private readonly patienceMs: number) {}

  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    if (this.refusedAt !== null) {
      response.setHeader('connection', 'close');
      if (request.path === '/health/ready') {
        response.status(503).json(NOT_READY);
        return;
      }
      if (request.path !== '/health/live' && !isMetricsPath(request.path)) {
        response.status(503).setHeader('retry-after', RETRY_AFTER).json(REFUSAL);
        return;
      }
    }
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    this.answers.add(closed);
    void closed.then(() => this.answers.delete(closed));
    next();
  };

  refuse(): void {
    this.refusedAt ??= Date.now();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const waited = Date.now() - (this.refusedAt ?? Date.now());
    const patience = sleep(Math.max(0, this.patienceMs - waited), undefined, { ref: false });
    await Promise.race([Promise.all(this.answers), patience]);
  }
}
