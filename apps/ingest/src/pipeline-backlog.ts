import { Inject, Injectable, Logger } from '@nestjs/common';
import { type EmbedImagePayload } from '#shared/contracts/embed-image.contract.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { RedisMemory } from '#shared/platform/queue/redis.js';
import { ImportRepository, pausedImages, readUnfinished } from './imports/import-repository.js';
import { type IngestConfig } from './ingest.config.js';
import { EMBED_IMAGES, INGEST_CONFIG, MATCH_FACES } from './tokens.js';

/** How much work waits, of what moves: a paused import must not hold up the others. */
@Injectable()
export class PipelineBacklog {
  private readonly logger = new Logger('backlog');
  private full = false;

  constructor(
    @Inject(EMBED_IMAGES) private readonly embedding: ContractProducer<EmbedImagePayload, unknown>,
    @Inject(MATCH_FACES) private readonly matching: ContractProducer<MatchFacesPayload, unknown>,
    @Inject(INGEST_CONFIG) private readonly config: IngestConfig,
    private readonly imports: ImportRepository,
    private readonly memory: RedisMemory,
  ) {}

  /** Images that wait, for imports to hold back by; more than any mark while Redis is nearly full. */
  async waiting(): Promise<number> {
    if (await this.isRedisFull()) return Infinity;
    const [embed, match] = await Promise.all([this.embedding.backlog(), this.matching.backlog()]);
    const all = embed + match;
    return all <= this.config.LOW_WATER
      ? all
      : Math.max(0, all - pausedImages(await readUnfinished(this.imports)));
  }

  /** Images of cameras and queries that no worker has taken yet: they have the first priority. */
  async liveWaiting(): Promise<number> {
    const [embed, match] = await Promise.all([this.embedding.counts(), this.matching.counts()]);
    return (embed.wait ?? 0) + (match.wait ?? 0);
  }

  /** Whether what is in the pipeline already must be got done before more comes. */
  async isRedisFull(): Promise<boolean> {
    const full = (await this.memory.usedShare()) >= this.config.REDIS_HIGH_WATER;
    if (full && !this.full)
      this.logger.warn('Redis is nearly full: nothing is added until it is not');
    if (!full && this.full) this.logger.log('Redis has room again');
    this.full = full;
    return full;
  }
}
