import { redisNeeds } from '#shared/platform/queue/redis-permissions.js';
import { runService } from '#shared/platform/runtime/run-service.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { embedderConfigSchema } from './embedder.config.js';
import { EmbedderModule } from './embedder.module.js';

await runService('embedder', () => {
  const settings = loadConfig(embedderConfigSchema);
  const needs = redisNeeds(settings.REDIS_URL, 'embedder');
  return { settings, module: EmbedderModule.register(settings), needs };
});
