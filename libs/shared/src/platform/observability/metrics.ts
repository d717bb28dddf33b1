import { Controller, Get, Res } from '@nestjs/common';
import { type Response } from 'express';
import { type OpenMetricsContentType, Registry, Counter } from 'prom-client';

/** What this process tells Prometheus, in the one text format that has exemplars. */
export const registry = new Registry<OpenMetricsContentType>();
registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);

/** For every metric of this process. */
export const registers = [registry];

/** Bounds of histograms of durations, seconds: from a Redis round trip to a job that hangs. */
export const DURATIONS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Bounds for what waits in queues, seconds: from a camera's image to an archive's. */
export const WAITS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400];

const OTHER = 'other';

/**
 * Values of a label whose number the outside decides: each is a series of its own in Prometheus, so the
 * first ones keep their names and those after them share one.
 */
export class BoundedLabel {
  private readonly known = new Set<string>();

  constructor(private most: number) {}

  limit(most: number): void {
    this.most = most;
  }

  of(value: string): string {
    if (this.known.has(value)) return value;
    if (this.known.size >= this.most) return OTHER;
    this.known.add(value);
    return value;
  }
}

/** METRICS_TENANTS where nothing is set. */
export const DEFAULT_TENANT_SERIES = 20;

/** The label `tenant` of every metric of this process. */
export const tenantLabel = new BoundedLabel(DEFAULT_TENANT_SERIES);

const images = new Counter({
  name: 'sightline_images_total',
  help: 'Images that this process finished, by what came of them.',
  labelNames: ['outcome', 'tenant'],
  registers,
});

const letters = new Counter({
  name: 'sightline_dead_letters_total',
  help: 'Dead letters that this process wrote, by code and the stage that failed.',
  labelNames: ['code', 'stage'],
  registers,
});

export function countImage(outcome: string, tenant: string): void {
  images.inc({ outcome, tenant: tenantLabel.of(tenant) });
}

export function countDeadLetter({ code, stage }: { code: string; stage: string }): void {
  letters.inc({ code, stage });
}

/** For Prometheus. */
@Controller('metrics')
export class MetricsController {
  @Get()
  read(@Res({ passthrough: true }) response: Response): Promise<string> {
    response.setHeader('content-type', registry.contentType);
    return registry.metrics();
  }
}
