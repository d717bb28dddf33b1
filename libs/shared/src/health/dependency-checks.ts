import { type Redis } from 'ioredis';
import { type ObjectStore } from '../storage/object-store.port.js';
import { type ReadinessCheck } from './readiness.js';

/** @param facts shown beside a Redis that answers */
export function redisCheck(
  redis: Redis,
  facts: Readonly<Record<string, unknown>> = {},
): ReadinessCheck {
  let asking: Promise<unknown> | undefined;
  return {
    name: 'redis',
    check: async () => {
      // While Redis is away commands wait for it: one of them is enough.
      asking ??= redis.ping().finally(() => (asking = undefined));
      await asking;
      return facts;
    },
  };
}

export function storeCheck(name: string, store: ObjectStore): ReadinessCheck {
  return {
    name,
    check: async () => {
      await store.check();
      return {};
    },
  };
}
