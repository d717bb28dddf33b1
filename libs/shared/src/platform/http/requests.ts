import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { context, isValidTraceId, SpanKind, trace } from '@opentelemetry/api';
import { type NextFunction, type Request, type Response } from 'express';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Histogram } from 'prom-client';
import { healthHttp } from '../../contracts/http/health.http.js';
import { withLogFields } from '../observability/logging.js';
import { DURATIONS, registers } from '../observability/metrics.js';
import { contextOfCaller, markFailed, tracer } from '../observability/tracing.js';
import { CONFIG } from '../tokens.js';
import { isMonitoringPath } from './keys.js';

const requests = new Counter({
  name: 'sightline_requests_total',
  help: 'HTTP requests, by route and status.',
  labelNames: ['route', 'status'],
  registers,
});

const seconds = new Histogram({
  name: 'sightline_request_seconds',
  help: 'Time to answer an HTTP request. For an event stream: how long it was open.',
  labelNames: ['route'],
  buckets: DURATIONS,
  registers,
});

/** Counts by the template of the route: the number of different URLs has no limit. */
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

/** Adds a request id to log lines and, when tracing is on, a span to the caller's trace. */
export function requestContext(request: Request, response: Response, next: NextFunction): void {
  const requestId = randomUUID();
  if (isMonitoringPath(request.path)) {
    withLogFields({ requestId }, next);
    return;
  }
  const caller = contextOfCaller(request.header('traceparent'));
  const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER }, caller);
  response.once('close', () => {
    const status = response.statusCode;
    span.setAttributes({ 'http.route': routeOf(request), 'http.response.status_code': status });
    if (status >= 500) markFailed(span, String(status));
    span.end();
  });
  const { traceId } = span.spanContext();
  const fields = isValidTraceId(traceId) ? { requestId, traceId } : { requestId };
  context.with(trace.setSpan(caller, span), () => withLogFields(fields, next));
}

/** Maximum size of a JSON body, bytes. Images are sent as multipart. */
const MAX_JSON_BYTES = 64 * 1024;
/** Time limit for receiving the headers of a request. */
const HEADERS_TIMEOUT_MS = 15_000;
/** Time limit for receiving a whole request, uploads included. */
const REQUEST_TIMEOUT_MS = 120_000;

/** Limits the size and the duration of requests. Needs an app created with `bodyParser: false`. */
export function limitRequests(app: NestExpressApplication): void {
  app.useBodyParser('json', { limit: MAX_JSON_BYTES });
  const server = app.getHttpServer();
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
}

/** Seconds. After this time a load balancer has seen the failed readiness probe. */
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

interface ShutdownConfig {
  readonly SHUTDOWN_TIMEOUT_MS: number;
}

/**
 * The HTTP requests in progress. During shutdown `/health/ready` and every new request get 503; only
 * `/health/live` and metrics are still answered. Requests in progress are answered before the server closes
 * its connections.
 */
@Injectable()
export class ActiveRequests implements BeforeApplicationShutdown {
  private readonly answers = new Set<Promise<void>>();
  private refusedAt: number | null = null;
  /** How long clients may take to finish their requests after shutdown began. */
  private readonly patienceMs: number;

  constructor(@Inject(CONFIG) config: ShutdownConfig) {
    this.patienceMs = config.SHUTDOWN_TIMEOUT_MS / 2;
  }

  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    if (this.refusedAt !== null) {
      response.setHeader('connection', 'close');
      if (request.path === healthHttp.ready.path) {
        response.status(503).json(NOT_READY);
        return;
      }
      if (!isMonitoringPath(request.path)) {
        response.status(503).setHeader('retry-after', RETRY_AFTER).json(REFUSAL);
        return;
      }
    }
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    this.answers.add(closed);
    void closed.then(() => this.answers.delete(closed));
    next();
  };

  refuseNew(): void {
    this.refusedAt ??= Date.now();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const waited = Date.now() - (this.refusedAt ?? Date.now());
    const patience = sleep(Math.max(0, this.patienceMs - waited), undefined, { ref: false });
    await Promise.race([Promise.all(this.answers), patience]);
  }
}
