import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { InjectProducer } from '#shared/platform/queue/queue.module.js';
import { RedisMemory } from '#shared/platform/queue/redis.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { type IngestConfig } from '../ingest.config.js';
import { ImportRepository, isPaused, pausedImages, readUnfinished } from './import-repository.js';
import { pending } from './import-state.js';

/** The backlog of the pipeline. Images of paused imports do not count: they must not block other imports. */
@Injectable()
export class PipelineBacklog {
  private readonly logger = new Logger('backlog');
  private full = false;

  constructor(
    @InjectProducer(embedImageContract)
    private readonly embedding: ContractProducer<EmbedImagePayload, unknown>,
    @InjectProducer(matchFacesContract)
    private readonly matching: ContractProducer<MatchFacesPayload, unknown>,
    @Inject(CONFIG) private readonly config: IngestConfig,
    private readonly imports: ImportRepository,
    private readonly memory: RedisMemory,
  ) {}

  /**
   * Number of waiting images, compared with HIGH_WATER and LOW_WATER; Infinity while Redis is nearly full. While
   * several tenants import, each has an equal share of both marks. A tenant with less than its share of the low
   * mark may add even when others have filled the queue.
   */
  async waitingFor(tenant: string): Promise<number> {
    if (await this.isRedisFull()) return Infinity;
    const { HIGH_WATER, LOW_WATER } = this.config;
    const [embed, match] = await Promise.all([this.embedding.backlog(), this.matching.backlog()]);
    const all = embed + match;
    if (all <= LOW_WATER) return all;
    const unfinished = await readUnfinished(this.imports);
    const waiting = Math.max(0, all - pausedImages(unfinished));
    const running = unfinished.filter((progress) => !isPaused(progress));
    const tenants = new Set(running.map(({ state }) => state.tenant)).size;
    if (tenants < 2) return waiting;
    const own = running.filter(({ state }) => state.tenant === tenant);
    const scaled = tenants * own.reduce((sum, progress) => sum + pending(progress), 0);
    return waiting >= HIGH_WATER && scaled > LOW_WATER ? Infinity : scaled;
  }

  /** Images of cameras and queries that no worker has taken yet: BullMQ keeps jobs of priority 0 in `wait`. */
  async liveWaiting(): Promise<number> {
    const [embed, match] = await Promise.all([this.embedding.counts(), this.matching.counts()]);
    return (embed.wait ?? 0) + (match.wait ?? 0);
  }

  /** Whether the pipeline must finish work before it may take more. */
  async isRedisFull(): Promise<boolean> {
    const full = (await this.memory.usedShare()) >= this.config.REDIS_HIGH_WATER;
    if (full && !this.full)
      this.logger.warn('Redis is nearly full: no image is added until it has room');
    if (!full && this.full) this.logger.log('Redis has room again');
    this.full = full;
    return full;
  }
}
