import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { type Redis } from 'ioredis';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { type MatcherConfig } from './matcher.config.js';
import { MatchFacesService } from './sightings/match-faces.service.js';
import { MATCHER_CONFIG, REDIS } from './tokens.js';

/** Takes images with their faces off the queue. */
@Injectable()
export class MatchFacesWorker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly worker: ContractWorker<MatchFacesPayload, null>;

  constructor(
    @Inject(MATCHER_CONFIG) config: MatcherConfig,
    @Inject(REDIS) redis: Redis,
    service: MatchFacesService,
  ) {
    this.worker = new ContractWorker(matchFacesContract, service, {
      redis,
      name: 'matcher',
      stage: 'match',
      config,
      concurrency: config.MATCHER_CONCURRENCY,
    });
  }

  onApplicationBootstrap(): void {
    this.worker.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker.close();
  }
}
