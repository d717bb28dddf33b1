import { type ReadinessCheck, redisCheck } from '#shared/platform/observability/health.js';
import { closeRedis, connectRedis } from '#shared/platform/queue/redis.js';
import { type Needs, runService } from '#shared/platform/runtime/run-service.js';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { matcherConfigSchema, type MatcherConfig } from './matcher.config.js';
import { MatcherModule } from './matcher.module.js';
import { askQdrant, connectQdrant } from './vectors/qdrant/qdrant-client.js';

/** Setting up creates collections and reads the gallery, which needs Redis and the vector store. */
function matcherNeeds(config: MatcherConfig): Needs {
  const redis = connectRedis(config.REDIS_URL, 'matcher-start');
  return {
    checks: [redisCheck(redis), ...qdrantCheck(config)],
    close: () => closeRedis(redis),
  };
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
