import { type Redis } from 'ioredis';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import {
  redisCheck,
  storeCheck,
  type ReadinessCheck,
} from '#shared/platform/observability/health.js';
import { type ObjectStores } from '#shared/platform/storage/open-stores.js';
import { type FacePipeline } from '#vision/face-pipeline.js';

/** What the embedder needs to do its work, and what its networks really run on. */
export function readinessChecks(
  pipeline: FacePipeline,
  redis: Redis,
  stores: ObjectStores,
): ReadinessCheck[] {
  return [
    {
      name: 'models',
      check: () => {
        pipeline.check();
        const { name: pack, space } = pipeline.embedding;
        return Promise.resolve({ pack, space, ...pipeline.facts });
      },
    },
    redisCheck(redis),
    ...stores.names.map((name) => storeCheck(`store ${name}`, stores.get(name))),
  ];
}

/** Why there are no networks. */
export function modelsMissingCheck(error: PipelineError): ReadinessCheck {
  return { name: 'models', check: () => Promise.reject(error) };
}
