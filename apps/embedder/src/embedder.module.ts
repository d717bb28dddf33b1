import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { DeadLetterWriter, RejectedJobs } from '#shared/platform/ledger/dead-letter-writer.js';
import { letterLimits } from '#shared/platform/ledger/letter-limits.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { HealthController, READINESS_CHECKS } from '#shared/platform/observability/health.js';
import { MetricsController } from '#shared/platform/observability/metrics.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { RedisMemory, connectRedis } from '#shared/platform/queue/redis.js';
import { ObjectStores, openStores } from '#shared/platform/storage/open-stores.js';
import { FacePipeline } from '#vision/face-pipeline.js';
import { EmbedImageService } from './embed-image.service.js';
import { EmbedImageWorker } from './embed-image.worker.js';
import { type EmbedderConfig } from './embedder.config.js';
import { EmbedderConnections } from './embedder.connections.js';
import { ImageFiles } from './image-files.js';
import { ImportStatuses } from './import-statuses.js';
import { addGpuMetrics } from './metrics/gpu-metrics.js';
import { addEngineMetrics } from './metrics/pipeline-metrics.js';
import { openModels } from './open-models.js';
import { modelsMissingCheck, readinessChecks } from './readiness-checks.js';
import { EventLoopGap, StatsController } from './stats.controller.js';
import { EMBEDDER_CONFIG, MATCH_FACES, REDIS } from './tokens.js';

/** Finds faces in images and embeds them. */
@Module({})
export class EmbedderModule {
  /** Loads the networks first: without them there is no use in connecting to anything. */
  static async register(config: EmbedderConfig): Promise<DynamicModule> {
    const models = await openModels(config);
    const usable = models instanceof FacePipeline;
    if (usable) addEngineMetrics(models);
    addGpuMetrics();
    return {
      module: EmbedderModule,
      controllers: [HealthController, MetricsController, ...(usable ? [StatsController] : [])],
      providers: usable ? workingParts(config, models) : partsThatAnswer(models),
    };
  }
}

/** Tells probes what is wrong. There is no worker among them that could take a job. */
function partsThatAnswer(error: PipelineError): Provider[] {
  return [{ provide: READINESS_CHECKS, useValue: [modelsMissingCheck(error)] }];
}

function workingParts(config: EmbedderConfig, pipeline: FacePipeline): Provider[] {
  return [
    { provide: EMBEDDER_CONFIG, useValue: config },
    { provide: FacePipeline, useValue: pipeline },
    { provide: REDIS, useFactory: () => connectRedis(config.REDIS_URL, 'embedder') },
    {
      provide: ObjectStores,
      useFactory: () => openStores(config.STORES, config.ALLOW_INTERNAL_ADDRESSES),
    },
    {
      provide: ImageFiles,
      inject: [ObjectStores],
      useFactory: (stores: ObjectStores) =>
        new ImageFiles(stores, {
          maxBytes: config.MAX_IMAGE_BYTES,
          memory: config.FETCH_MEMORY_BYTES,
        }),
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
      provide: RejectedJobs,
      inject: [REDIS, OutcomeLedger],
      useFactory: (redis: Redis, ledger: OutcomeLedger) =>
        new RejectedJobs(ledger, new DeadLetterWriter(redis, letterLimits(config))),
    },
    {
      provide: RedisMemory,
      inject: [REDIS],
      useFactory: (redis: Redis) => new RedisMemory(redis),
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
  ];
}
