import { type OpenMetricsContentType, Registry } from 'prom-client';

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
