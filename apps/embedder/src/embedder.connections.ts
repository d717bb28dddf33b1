import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { type ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { closeRedis } from '#shared/platform/queue/redis.js';
import { FacePipeline } from '#vision/face-pipeline.js';
import { MATCH_FACES, REDIS } from './tokens.js';

/** Closes what the worker stands on, after the worker. */
@Injectable()
export class EmbedderConnections implements OnApplicationShutdown {
  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(MATCH_FACES) private readonly matcher: ContractProducer<MatchFacesPayload, null>,
    private readonly pipeline: FacePipeline,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.pipeline.close();
    await this.matcher.close();
    await closeRedis(this.redis);
  }
}
