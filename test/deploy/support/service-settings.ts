import { type z } from 'zod';
import { cliConfigSchema } from '../../../apps/cli/src/cli.config.js';
import { embedderConfigSchema } from '../../../apps/embedder/src/embedder.config.js';
import { ingestConfigSchema } from '../../../apps/ingest/src/ingest.config.js';
import { matcherConfigSchema } from '../../../apps/matcher/src/matcher.config.js';

/** What the services themselves parse their environment with. */
export const SERVICE_SCHEMAS = {
  ingest: ingestConfigSchema,
  embedder: embedderConfigSchema,
  matcher: matcherConfigSchema,
} satisfies Record<string, z.ZodObject>;

export type ServiceName = keyof typeof SERVICE_SCHEMAS;

export const SERVICE_NAMES = Object.keys(SERVICE_SCHEMAS) as ServiceName[];

/** Environment variables that others than our settings read. */
export const OTHERS_VARIABLES = [
  'NODE_ENV',
  'ORT_DISABLE_TELEMETRY',
  'MALLOC_ARENA_MAX',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
];

export function settingsOf(service: ServiceName): string[] {
  return Object.keys(SERVICE_SCHEMAS[service].shape);
}

/** What all services take where nothing is said. */
export function defaultOf(name: 'SHUTDOWN_TIMEOUT_MS'): number {
  return ingestConfigSchema.shape[name].parse(undefined);
}

/** The port that a service listens on unless told. */
export function defaultPort(service: ServiceName): number {
  return SERVICE_SCHEMAS[service].shape.PORT.parse(undefined);
}

/**
 * Names that a service does not read: misspelt, another service's, or gone.
 */
export function unknownSettings(service: ServiceName, names: readonly string[]): string[] {
  const known = new Set([...settingsOf(service), ...OTHERS_VARIABLES]);
  return names.filter((name) => !known.has(name));
}

/** Names that the command line does not read. */
export function unknownToCli(names: readonly string[]): string[] {
  const known = new Set([...Object.keys(cliConfigSchema.shape), ...OTHERS_VARIABLES]);
  return names.filter((name) => !known.has(name));
}
