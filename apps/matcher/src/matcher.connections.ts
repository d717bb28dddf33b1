import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Redis } from 'ioredis';
import {
  type EmbedImagePayload,
  type EmbedImageResult,
} from '#shared/contracts/embed-image.contract.js';
import { type ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { closeRedis } from '#shared/platform/queue/redis.js';
import { EMBED_IMAGES, REDIS, VECTOR_STORE } from './tokens.js';
import { type VectorStore } from './vectors/vector-store.port.js';

/** Closes what everything else stands on, after everything else. */
@Injectable()
export class MatcherConnections implements OnApplicationShutdown {
  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    @Inject(EMBED_IMAGES)
    private readonly embedder: ContractProducer<EmbedImagePayload, EmbedImageResult | null>,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.embedder.close();
    await this.store.close();
    await closeRedis(this.redis);
  }
}
