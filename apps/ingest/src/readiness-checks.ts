import { type Redis } from 'ioredis';
import {
  redisCheck,
  storeCheck,
  type ReadinessCheck,
} from '#shared/platform/observability/health.js';
import { type ObjectStores } from '#shared/platform/storage/open-stores.js';

/** Redis, and every configured store. */
export function readinessChecks(
  redis: Redis,
  stores: ObjectStores,
  space: string,
): ReadinessCheck[] {
  return [
    redisCheck(redis, { space }),
    ...stores.names.map((name) => storeCheck(`store ${name}`, stores.get(name))),
  ];
}
