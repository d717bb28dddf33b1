import { type ReadinessCheck } from '#shared/platform/observability/health.js';
import { redisNeeds } from '#shared/platform/queue/redis-permissions.js';
import { type Needs, runService } from '#shared/platform/runtime/run-service.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { matcherConfigSchema, type MatcherConfig } from './matcher.config.js';
import { MatcherModule } from './matcher.module.js';
import { askQdrant, connectQdrant } from './vectors/qdrant/qdrant-client.js';

/** Setting up creates collections and reads the gallery, which needs Redis and the vector store. */
function matcherNeeds(config: MatcherConfig): Needs {
  const { checks, close } = redisNeeds(config.REDIS_URL, 'matcher');
  return { checks: [...checks, ...qdrantCheck(config)], close };
}

function qdrantCheck(config: MatcherConfig): ReadinessCheck[] {
  const { QDRANT_URL: url, QDRANT_API_KEY: apiKey, QDRANT_TIMEOUT_MS: timeoutMs } = config;
  if (url === undefined) return [];
  const client = connectQdrant({ url, apiKey, timeoutMs });
  const check = async () => {
    await askQdrant(() => client.getAliases());
    return {};
  };
  return [{ name: 'vectors', check }];
}

await runService('matcher', () => {
  const settings = loadConfig(matcherConfigSchema);
  return { settings, module: MatcherModule.register(settings), needs: matcherNeeds(settings) };
});
