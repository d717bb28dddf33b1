import { type Redis } from 'ioredis';
import { type ReadinessCheck } from '#shared/health/readiness.js';
import { type ObjectStore } from '#shared/storage/object-store.port.js';
import { type ModelSpace } from './model-space.js';
import { type VectorStore } from './vectors/vector-store.port.js';

/** What the matcher needs to do its work. */
export function readinessChecks(
  redis: Redis,
  store: VectorStore,
  uploads: ObjectStore,
  model: ModelSpace,
): ReadinessCheck[] {
  return [
    {
      name: 'redis',
      check: async () => {
        await redis.ping();
        return {};
      },
    },
    {
      name: 'vectors',
      check: async () => {
        await store.check();
        return { space: model.space };
      },
    },
    {
      name: 'uploads',
      check: async () => {
        await uploads.check();
        return {};
      },
    },
  ];
}
