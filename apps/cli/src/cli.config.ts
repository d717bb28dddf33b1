import { z } from 'zod';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { networkConfigShape, redisConfigShape } from '#shared/platform/settings/service.config.js';

const httpUrl = z.url({ protocol: /^https?$/, message: 'expected an http:// or https:// URL' });

export const cliConfigSchema = z.object({
  /** Everything the launcher and the services keep on one machine: queues, vectors, uploads, logs. */
  SIGHTLINE_DATA_DIR: z.string().default('data'),
  /** Where the services answer; without them, those of the launcher that runs on the data folder. */
  SIGHTLINE_INGEST_URL: httpUrl.optional(),
  SIGHTLINE_MATCHER_URL: httpUrl.optional(),
  /** Key of a tenant, for services that have API_KEYS. */
  SIGHTLINE_API_KEY: z.string().optional(),
  /** Redis for the services that `up` starts; without it, `up` starts a redis-server of its own. */
  REDIS_URL: redisConfigShape.REDIS_URL.optional(),
  ...networkConfigShape,
  /** Address the services that `up` starts listen on. */
  HOST: z.string().default('127.0.0.1'),
});
export type CliConfig = Readonly<z.output<typeof cliConfigSchema>>;

export function loadCliConfig(): CliConfig {
  return loadConfig(cliConfigSchema);
}

/** This process's own environment, to pass on to the services. */
export function inheritedEnvironment(): Readonly<Record<string, string>> {
  return loadConfig(z.record(z.string(), z.string()));
}
