import { z } from 'zod';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { networkConfigShape, redisConfigShape } from '#shared/platform/settings/service.config.js';

const httpUrl = z.url({ protocol: /^https?$/, message: 'expected an http:// or https:// URL' });

export const cliConfigSchema = z.object({
  SIGHTLINE_DATA_DIR: z
    .string()
    .default('data')
    .describe(
      "Folder of one machine's data: queues, vectors, uploads, logs (at most four files of 20 MiB for each process), the packs in use. `up` runs on it and the other commands find the running services by it.",
    ),
  SIGHTLINE_INGEST_URL: httpUrl
    .optional()
    .describe(
      'URL of ingest. Without it the ingest of the `up` that runs on the data folder, else `http://127.0.0.1:7001`.',
    ),
  SIGHTLINE_MATCHER_URL: httpUrl
    .optional()
    .describe(
      'URL of the matcher. Without it the matcher of the `up` that runs on the data folder, else `http://127.0.0.1:7003`.',
    ),
  SIGHTLINE_API_KEY: z
    .string()
    .optional()
    .describe('Key that is sent to the services: one of their `API_KEYS`.'),
  REDIS_URL: redisConfigShape.REDIS_URL.optional().describe(
    'Redis for the services that `up` starts. Without it `up` starts a redis-server of its own.',
  ),
  ...networkConfigShape,
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address that the services started by `up` listen on.'),
});
export type CliConfig = Readonly<z.output<typeof cliConfigSchema>>;

export function loadCliConfig(): CliConfig {
  return loadConfig(cliConfigSchema);
}

/** The environment of this process, which the services inherit. */
export function inheritedEnvironment(): Readonly<Record<string, string>> {
  return loadConfig(z.record(z.string(), z.string()));
}
