import { type Redis } from 'ioredis';
import { type ReadinessCheck } from '#shared/health/readiness.js';
import { type ObjectStores } from '#shared/storage/open-stores.js';

/** Redis, and every configured store. */
export function readinessChecks(redis: Redis, stores: ObjectStores, space: string) {
  const checks: ReadinessCheck[] = [
    {
      name: 'redis',
      check: async () => {
        await redis.ping();
        return { space };
      },
    },
  ];
  for (const name of stores.names) {
    checks.push({
      name: `store ${name}`,
      check: async () => {
        await stores.get(name).check();
        return {};
      },
    });
  }
  return checks;
}
