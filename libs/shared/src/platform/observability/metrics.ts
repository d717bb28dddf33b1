import { type OpenMetricsContentType, Registry, Counter } from 'prom-client';
import { DEFAULT_TENANT } from '../../contracts/image-ref.js';

/**
 * Metrics of this process, in the text format that has exemplars. One per process, like prom-client's own
 * registry: metrics are declared beside the code they measure, before Nest injects anything.
 */
export const registry = new Registry<OpenMetricsContentType>();
registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);

/** Option `registers` of every metric. */
export const registers = [registry];

/** Buckets for durations, seconds: from a Redis round trip to a job that hangs. */
export const DURATIONS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Buckets for waiting times in queues, seconds: from a camera's image to an archive's. */
export const WAITS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400];

const OTHER = 'other';

/**
 * A label with values from outside. Each value is a time series in Prometheus, so only the first ones keep
 * their names; all later values become `other`.
 */
export class BoundedLabel {
  private readonly known = new Set<string>();

  /**
   * @param max maximum number of values with a name of their own
   * @param always a value that always has one
   */
  constructor(
    private max: number,
    private readonly always?: string,
  ) {}

  limit(max: number): void {
    this.max = max;
  }

  of(value: string): string {
    if (value === this.always || this.known.has(value)) return value;
    if (this.known.size >= this.max) return OTHER;
    this.known.add(value);
    return value;
  }
}

/** Default of METRICS_TENANTS. */
export const DEFAULT_TENANT_SERIES = 20;

/** Label `tenant` of every metric. One per process, like the registry; METRICS_TENANTS limits it at the start. */
export const tenantLabel = new BoundedLabel(DEFAULT_TENANT_SERIES, DEFAULT_TENANT);

const images = new Counter({
  name: 'sightline_images_total',
  help: 'Images that this process finished, by outcome.',
  labelNames: ['outcome', 'tenant'],
  registers,
});

const letters = new Counter({
  name: 'sightline_dead_letters_total',
  help: 'Dead letters that this process wrote, by error code and failed stage.',
  labelNames: ['code', 'stage'],
  registers,
});

export function countImage(outcome: string, tenant: string): void {
  images.inc({ outcome, tenant: tenantLabel.of(tenant) });
}

export function countDeadLetter({ code, stage }: { code: string; stage: string }): void {
  letters.inc({ code, stage });
}
