import { type Provider } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { readEmbeddingManifest } from '#models/packs/read-pack.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { UPLOAD_LIMITS, type UploadLimits } from '#shared/platform/http/uploads.js';
import { letterLimits } from '#shared/platform/ledger/letter-limits.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { READINESS_CHECKS } from '#shared/platform/observability/health.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { RedisMemory, connectRedis } from '#shared/platform/queue/redis.js';
import { ObjectStores, openStores } from '#shared/platform/storage/open-stores.js';
import { type IngestConfig } from './ingest.config.js';
import { readinessChecks } from './readiness-checks.js';
import { EMBED_IMAGES, INGEST_CONFIG, MATCH_FACES, REDIS, SPACE } from './tokens.js';

/** What the settings make: connections, stores and the model space. */
export function ingestProviders(config: IngestConfig): Provider[] {
  return [
    { provide: INGEST_CONFIG, useValue: config },
    { provide: REDIS, useFactory: () => connectRedis(config.REDIS_URL, 'ingest') },
    {
      provide: ObjectStores,
      useFactory: () => openStores(config.STORES, config.ALLOW_INTERNAL_ADDRESSES),
    },
    {
      // Image ids are derived from it.
      provide: SPACE,
      useFactory: async () =>
        (await readEmbeddingManifest(config.MODELS_DIR, config.MODEL_PACK)).space,
    },
    {
      provide: EMBED_IMAGES,
      inject: [REDIS],
      useFactory: (redis: Redis) => new ContractProducer(embedImageContract, redis),
    },
    {
      provide: MATCH_FACES,
      inject: [REDIS],
      useFactory: (redis: Redis) => new ContractProducer(matchFacesContract, redis),
    },
    {
      provide: OutcomeLedger,
      inject: [REDIS],
      useFactory: (redis: Redis) => new OutcomeLedger(redis, letterLimits(config)),
    },
    {
      provide: RedisMemory,
      inject: [REDIS],
      useFactory: (redis: Redis) => new RedisMemory(redis),
    },
    {
      provide: UPLOAD_LIMITS,
      useValue: {
        requests: config.UPLOADS_AT_ONCE,
        bytes: config.UPLOAD_MEMORY_BYTES,
        longestBody: config.MAX_UPLOAD_BYTES,
      } satisfies UploadLimits,
    },
    {
      provide: READINESS_CHECKS,
      inject: [REDIS, ObjectStores, SPACE],
      useFactory: readinessChecks,
    },
  ];
}
