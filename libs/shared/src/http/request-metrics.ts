import { type NextFunction, type Request, type Response } from 'express';
import { Counter, Histogram } from 'prom-client';
import { DURATIONS, registers } from '../metrics/registry.js';

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

export function routeOf({ route, method }: Request): string {
  const template = (route as { readonly path?: unknown } | undefined)?.path;
  return typeof template === 'string' ? `${method} ${template}` : 'none';
}
