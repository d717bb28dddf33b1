import { type NextFunction, type Request, type Response } from 'express';
import { randomUUID } from 'node:crypto';
import { withLogFields } from '../logging/log-context.js';
import { tracer } from '../tracing/tracing.js';
import { routeOf } from './request-metrics.js';

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
