import { type Provider } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { readEmbeddingManifest } from '#models/packs/read-pack.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { UPLOAD_LIMITS, type UploadLimits } from '#shared/platform/http/uploads.js';
import { DeadLetterWriter, RejectedJobs } from '#shared/platform/ledger/dead-letter-writer.js';
import { letterLimits } from '#shared/platform/ledger/letter-limits.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { READINESS_CHECKS } from '#shared/platform/observability/health.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { openStores } from '#shared/platform/storage/open-stores.js';
import { UPLOADS_STORE } from '#shared/platform/storage/storage.config.js';
import { GallerySpaces } from './gallery/gallery-spaces.js';
import { type MatcherConfig } from './matcher.config.js';
import { readinessChecks } from './readiness-checks.js';
import { GallerySize } from './recognition/gallery-size.js';
import { createMatchPolicy } from './recognition/match-policy.js';
import { MATCH_POLICY } from './recognition/recogniser.js';
import { openScores, Scores } from './recognition/scores.js';
import {
  EMBED_IMAGES,
  MATCHER_CONFIG,
  MODEL_SPACE,
  type ModelSpace,
  REDIS,
  UPLOADS,
  VECTOR_STORE,
} from './tokens.js';
import { createVectorStore } from './vectors/vector-store.factory.js';
import { type VectorStore } from './vectors/vector-store.port.js';

/** What the settings make: connections, stores and the policy. */
export function matcherProviders(config: MatcherConfig): Provider[] {
  return [
    { provide: MATCHER_CONFIG, useValue: config },
    { provide: REDIS, useFactory: () => connectRedis(config.REDIS_URL, 'matcher') },
    {
      provide: UPLOADS,
      useFactory: () =>
        openStores(config.STORES, config.ALLOW_INTERNAL_ADDRESSES).get(UPLOADS_STORE),
    },
    {
      provide: MODEL_SPACE,
      useFactory: () => readEmbeddingManifest(config.MODELS_DIR, config.MODEL_PACK),
    },
    {
      provide: VECTOR_STORE,
      inject: [MODEL_SPACE],
      useFactory: async ({ space, dimension }: ModelSpace) => {
        const store = createVectorStore(config, space, dimension);
        await store.open();
        return store;
      },
    },
    {
      provide: MATCH_POLICY,
      inject: [MODEL_SPACE],
      useFactory: (model: ModelSpace) => createMatchPolicy(config, model),
    },
    {
      provide: Scores,
      inject: [MODEL_SPACE, VECTOR_STORE],
      useFactory: (model: ModelSpace, store: VectorStore) => openScores(config, model, store),
    },
    {
      provide: GallerySize,
      inject: [VECTOR_STORE],
      useFactory: (store: VectorStore) => new GallerySize((tenant) => store.countGallery(tenant)),
    },
    {
      provide: EMBED_IMAGES,
      inject: [REDIS],
      useFactory: (redis: Redis) => new ContractProducer(embedImageContract, redis),
    },
    {
      provide: OutcomeLedger,
      inject: [REDIS],
      useFactory: (redis: Redis) =>
        new OutcomeLedger(redis, letterLimits(config), config.EVENT_STREAM_LENGTH),
    },
    {
      provide: DeadLetterWriter,
      inject: [REDIS],
      useFactory: (redis: Redis) => new DeadLetterWriter(redis, letterLimits(config)),
    },
    {
      provide: RejectedJobs,
      inject: [OutcomeLedger, DeadLetterWriter],
      useFactory: (ledger: OutcomeLedger, letters: DeadLetterWriter) =>
        new RejectedJobs(ledger, letters),
    },
    {
      provide: UPLOAD_LIMITS,
      useValue: {
        requests: config.UPLOADS_AT_ONCE,
        bytes: config.UPLOAD_MEMORY_BYTES,
        longestBody: 2 * config.MAX_UPLOAD_BYTES,
      } satisfies UploadLimits,
    },
    {
      provide: READINESS_CHECKS,
      inject: [REDIS, VECTOR_STORE, UPLOADS, MODEL_SPACE, GallerySpaces, MATCH_POLICY],
      useFactory: readinessChecks,
    },
  ];
}
