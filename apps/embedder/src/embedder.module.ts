import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type Redis } from 'ioredis';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import {
  Readiness,
  type ReadinessCheck,
  redisCheck,
  storeChecks,
} from '#shared/platform/observability/health.js';
import { PlatformModule } from '#shared/platform/platform.module.js';
import { QueueModule } from '#shared/platform/queue/queue.module.js';
import { endAtOnce } from '#shared/platform/runtime/shutdown.js';
import { ObjectStores } from '#shared/platform/storage/open-stores.js';
import { REDIS } from '#shared/platform/tokens.js';
import { FacePipeline } from '#vision/face-pipeline.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { isEngineMissing } from '#vision/inference/engine.port.js';
import { openFacePipeline } from '#vision/open-face-pipeline.js';
import { EmbedImageService } from './embed-image.service.js';
import { type EmbedderConfig } from './embedder.config.js';
import { ImageFiles } from './image-files.js';
import { ImportStatuses } from './import-statuses.js';
import { addGpuMetrics } from './metrics/gpu-metrics.js';
import { addEngineMetrics, pipelineMetrics } from './metrics/pipeline-metrics.js';
import { EventLoopGap, StatsController } from './stats.controller.js';

/** Takes images from the queue, finds faces and embeds them. */
@Module({})
export class EmbedderModule implements OnApplicationShutdown {
  /** Loads the networks first: without them there is no reason to connect to anything. */
  static async register(config: EmbedderConfig): Promise<DynamicModule> {
    const models = await openModels(config);
    addGpuMetrics();
    if (!(models instanceof FacePipeline)) return ModelsMissingModule.register(config, models);
    addEngineMetrics(models);
    const { EMBEDDER_CONCURRENCY: concurrency } = config;
    return {
      module: EmbedderModule,
      imports: [
        PlatformModule.forRoot('embedder', config),
        QueueModule.forFeature(embedImageContract, EmbedImageService, {
          stage: 'embed',
          concurrency,
          config,
        }),
        QueueModule.producer(matchFacesContract),
      ],
      controllers: [StatsController],
      providers: [
        { provide: FacePipeline, useValue: models },
        {
          provide: ImageFiles,
          inject: [ObjectStores],
          useFactory: (stores: ObjectStores) =>
            new ImageFiles(stores, {
              maxBytes: config.MAX_IMAGE_BYTES,
              memory: config.FETCH_MEMORY_BYTES,
            }),
        },
        EmbedImageService,
        ImportStatuses,
        EventLoopGap,
      ],
    };
  }

  constructor(
    private readonly pipeline: FacePipeline,
    readiness: Readiness,
    @Inject(REDIS) redis: Redis,
    stores: ObjectStores,
  ) {
    readiness.add(modelsCheck(pipeline), redisCheck(redis), ...storeChecks(stores));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pipeline.close();
  }
}

/** What the networks really run on. */
function modelsCheck(pipeline: FacePipeline): ReadinessCheck {
  return {
    name: 'models',
    check: () => {
      pipeline.check();
      const { name: pack, space } = pipeline.embedding;
      return Promise.resolve({ pack, space, ...pipeline.facts });
    },
  };
}

const MODELS_ERROR = Symbol('models error');

/** An embedder without networks: it takes no job, and its readiness probe says why. */
@Module({})
class ModelsMissingModule {
  static register(config: EmbedderConfig, error: PipelineError): DynamicModule {
    return {
      module: ModelsMissingModule,
      imports: [PlatformModule.withoutConnections(config)],
      providers: [{ provide: MODELS_ERROR, useValue: error }],
    };
  }

  constructor(readiness: Readiness, @Inject(MODELS_ERROR) error: PipelineError) {
    readiness.add({ name: 'models', check: () => Promise.reject(error) });
  }
}

/**
 * Loads the networks and logs what they run on. Ends the process when an inference thread hangs for good: such
 * a thread keeps its memory and perhaps a core, and the supervisor restarts the process.
 * @returns the error when this machine lacks the GPU or the engine that the settings ask for: a service that
 *   reports the reason is easier to repair than one that exits again and again
 * @throws PipelineError when settings or packs are wrong
 */
async function openModels(config: InferenceConfig): Promise<FacePipeline | PipelineError> {
  const logger = new Logger('models');
  try {
    const onStuck = ({ code, message }: PipelineError) => {
      logger.fatal(`${code}: ${message}; ending; work in progress returns to the queue`);
      void endAtOnce();
    };
    const pipeline = await openFacePipeline(config, onStuck, pipelineMetrics);
    for (const { role, pack, engine, device, precision, runtime } of pipeline.facts.networks) {
      logger.log(`${role}: ${pack} on ${engine}, ${device}, ${precision} (${runtime})`);
    }
    return pipeline;
  } catch (error) {
    if (!isEngineMissing(error)) throw error;
    logger.error(`${error.code}: ${error.message}`);
    logger.error('this embedder takes no jobs');
    return error;
  }
}
