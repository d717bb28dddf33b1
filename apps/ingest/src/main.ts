import { redisNeeds } from '#shared/platform/queue/redis-permissions.js';
import { runService } from '#shared/platform/runtime/run-service.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { ingestConfigSchema } from './ingest.config.js';
import { IngestModule } from './ingest.module.js';

await runService('ingest', () => {
  const settings = loadConfig(ingestConfigSchema);
  const needs = redisNeeds(settings.REDIS_URL, 'ingest');
  return { settings, module: IngestModule.register(settings), needs };
});
