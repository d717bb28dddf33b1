import { redisCheck, type ReadinessCheck } from '#shared/platform/observability/health.js';
import { closeRedis, connectRedis } from '#shared/platform/queue/redis.js';
import { type Needs } from '#shared/platform/runtime/run-service.js';
import { type MatcherConfig } from './matcher.config.js';
import { askQdrant, connectQdrant } from './vectors/qdrant/qdrant-client.js';

/** What the matcher cannot be set up without: collections are made and the gallery is looked at first. */
export function matcherNeeds(config: MatcherConfig): Needs {
  const redis = connectRedis(config.REDIS_URL, 'matcher-start');
  return {
    checks: [redisCheck(redis), ...vectorsCheck(config)],
    close: () => closeRedis(redis),
  };
}

function vectorsCheck(config: MatcherConfig): ReadinessCheck[] {
  const { QDRANT_URL: url, QDRANT_API_KEY: apiKey, QDRANT_TIMEOUT_MS: timeoutMs } = config;
  if (url === undefined) return [];
  const client = connectQdrant({ url, apiKey, timeoutMs });
  const check = async () => {
    await askQdrant(() => client.getAliases());
    return {};
  };
  return [{ name: 'vectors', check }];
}
