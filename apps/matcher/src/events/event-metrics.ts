import { Counter, Gauge } from 'prom-client';
import { registers } from '#shared/platform/observability/metrics.js';

const events = new Counter({
  name: 'sightline_events_total',
  help: 'Match events that this process put on the stream.',
  registers,
});

const deliveries = new Counter({
  name: 'sightline_webhook_deliveries_total',
  help: 'Posts to webhooks that were taken or failed, and events that were given up after the last one.',
  labelNames: ['webhook', 'result'],
  registers,
});

export const eventStreams = new Gauge({
  name: 'sightline_event_streams',
  help: 'Readers of server-sent events that are connected.',
  registers,
});

export function countEvents(count: number): void {
  events.inc(count);
}

const RESULTS = ['delivered', 'failed', 'gave_up'] as const;

/** Begins with nothing of each result: an alert sees only what grows. */
export function expectDeliveries(webhook: string): void {
  for (const result of RESULTS) deliveries.inc({ webhook, result }, 0);
}

export function countDelivery(webhook: string, result: (typeof RESULTS)[number]): void {
  deliveries.inc({ webhook, result });
}
