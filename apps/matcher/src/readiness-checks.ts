import { type Redis } from 'ioredis';
import {
  redisCheck,
  storeCheck,
  type ReadinessCheck,
} from '#shared/platform/observability/health.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { type GallerySpaces } from './gallery/gallery-spaces.js';
import { type MatchPolicy, policyFacts } from './recognition/match-policy.js';
import { type ModelSpace } from './tokens.js';
import { type VectorStore } from './vectors/vector-store.port.js';

/** What the matcher needs to do its work. */
export function readinessChecks(
  redis: Redis,
  store: VectorStore,
  uploads: ObjectStore,
  model: ModelSpace,
  gallery: GallerySpaces,
  policy: MatchPolicy,
): ReadinessCheck[] {
  return [
    redisCheck(redis),
    {
      name: 'vectors',
      check: async () => {
        await store.check();
        return { space: model.space };
      },
    },
    storeCheck('uploads', uploads),
    { name: 'gallery', check: () => gallery.check() },
    // Without thresholds it still records what is seen, so it is ready, and says so.
    { name: 'policy', check: () => Promise.resolve(policyFacts(policy)) },
  ];
}
