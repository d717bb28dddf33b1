import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { type Redis } from 'ioredis';
import {
  embedImageContract,
  type EmbedImagePayload,
  type EmbedImageResult,
} from '#shared/contracts/embed-image.contract.js';
import { ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { EmbedImageService } from './embed-image.service.js';
import { type EmbedderConfig } from './embedder.config.js';
import { EMBEDDER_CONFIG, REDIS } from './tokens.js';

/** Takes images off the queue. */
@Injectable()
export class EmbedImageWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly worker: ContractWorker<EmbedImagePayload, EmbedImageResult | null>;

  constructor(
    @Inject(EMBEDDER_CONFIG) config: EmbedderConfig,
    @Inject(REDIS) redis: Redis,
    service: EmbedImageService,
  ) {
    this.worker = new ContractWorker(embedImageContract, service, {
      redis,
      name: 'embedder',
      stage: 'embed',
      config,
      concurrency: config.EMBEDDER_CONCURRENCY,
    });
  }

  onApplicationBootstrap(): void {
    this.worker.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker.close();
  }
}
