import { type z } from 'zod';
import { cliConfigSchema } from '../../../apps/cli/src/cli.config.js';
import { embedderConfigSchema } from '../../../apps/embedder/src/embedder.config.js';
import { ingestConfigSchema } from '../../../apps/ingest/src/ingest.config.js';
import { matcherConfigSchema } from '../../../apps/matcher/src/matcher.config.js';

/** The schemas with which the services parse their environment. */
export const SERVICE_SCHEMAS = {
  ingest: ingestConfigSchema,
  embedder: embedderConfigSchema,
  matcher: matcherConfigSchema,
} satisfies Record<string, z.ZodObject>;

export type ServiceName = keyof typeof SERVICE_SCHEMAS;

export const SERVICE_NAMES = Object.keys(SERVICE_SCHEMAS) as ServiceName[];

/** Environment variables that are read by Node or by libraries. */
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

/** The default of a setting of ingest. */
export function defaultOf(name: 'SHUTDOWN_TIMEOUT_MS' | 'HIGH_WATER'): number {
  return ingestConfigSchema.shape[name].parse(undefined);
}

/** The default port of a service. */
export function defaultPort(service: ServiceName): number {
  return SERVICE_SCHEMAS[service].shape.PORT.parse(undefined);
}

/** Names that are not settings of a service: misspelt, removed, or settings of another service. */
export function unknownSettings(service: ServiceName, names: readonly string[]): string[] {
  const known = new Set([...settingsOf(service), ...OTHERS_VARIABLES]);
  return names.filter((name) => !known.has(name));
}

/** Names that are not settings of the command line. */
export function unknownToCli(names: readonly string[]): string[] {
  const known = new Set([...Object.keys(cliConfigSchema.shape), ...OTHERS_VARIABLES]);
  return names.filter((name) => !known.has(name));
}
