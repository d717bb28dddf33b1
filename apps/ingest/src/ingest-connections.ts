import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { closeRedis } from '#shared/platform/queue/redis.js';
import { EMBED_IMAGES, MATCH_FACES, REDIS } from './tokens.js';

/** Closes what everything else stands on, after everything else. */
@Injectable()
export class IngestConnections implements OnApplicationShutdown {
  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(EMBED_IMAGES) private readonly embedding: ContractProducer<unknown, unknown>,
    @Inject(MATCH_FACES) private readonly matching: ContractProducer<unknown, unknown>,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.embedding.close();
    await this.matching.close();
    await closeRedis(this.redis);
  }
}
