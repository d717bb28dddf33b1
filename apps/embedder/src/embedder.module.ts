import { Module, type DynamicModule } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { HealthController } from '#shared/health/health.controller.js';
import { READINESS_CHECKS } from '#shared/health/readiness.js';
import { OutcomeLedger } from '#shared/outcomes/outcome-ledger.js';
import { ContractProducer } from '#shared/queue/contract-producer.js';
import { connectRedis } from '#shared/queue/redis-connection.js';
import { ObjectStores, openStores } from '#shared/storage/open-stores.js';
import { EmbedImageService } from './embed-image.service.js';
import { EmbedImageWorker } from './embed-image.worker.js';
import { type EmbedderConfig } from './embedder.config.js';
import { EmbedderConnections } from './embedder.connections.js';
import { FacePipeline } from '#vision/face-pipeline.js';
import { ImportStatuses } from './imports/import-statuses.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { readinessChecks } from './readiness-checks.js';
import { EventLoopGap } from './stats/event-loop-gap.js';
import { StatsController } from './stats/stats.controller.js';
import { EMBEDDER_CONFIG, MATCH_FACES, REDIS } from './tokens.js';

/** Finds faces in images and embeds them. */
@Module({})
export class EmbedderModule {
  static register(config: EmbedderConfig): DynamicModule {
    return {
      module: EmbedderModule,
      controllers: [HealthController, StatsController],
      providers: [
        { provide: EMBEDDER_CONFIG, useValue: config },
        // The networks first: without them there is no use in connecting to anything.
        { provide: FacePipeline, useFactory: () => openFacePipeline(config) },
        {
          provide: REDIS,
          inject: [FacePipeline],
          useFactory: () => connectRedis(config.REDIS_URL, 'embedder'),
        },
        { provide: ObjectStores, useFactory: () => openStores(config.STORES) },
        {
          provide: MATCH_FACES,
          inject: [REDIS],
          useFactory: (redis: Redis) => new ContractProducer(matchFacesContract, redis),
        },
        {
          provide: OutcomeLedger,
          inject: [REDIS],
          useFactory: (redis: Redis) => new OutcomeLedger(redis),
        },
        {
          provide: READINESS_CHECKS,
          inject: [FacePipeline, REDIS, ObjectStores],
          useFactory: readinessChecks,
        },
        EmbedImageService,
        EmbedImageWorker,
        EmbedderConnections,
        ImportStatuses,
        EventLoopGap,
      ],
    };
  }
}
