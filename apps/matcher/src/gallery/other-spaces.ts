import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { CONFIG, REDIS } from '#shared/platform/tokens.js';
import { type MatcherConfig } from '../matcher.config.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { storeExists, createVectorStore } from '../vectors/vector-store.factory.js';
import { type SightingExpiry, type VectorStore } from '../vectors/vector-store.port.js';
import { galleryKeys } from './gallery-keys.js';

/**
 * Galleries and sightings of model spaces that were used before. They are kept, so that a user can
 * return to the previous pack. Deletions include them, because they are biometric data.
 */
@Injectable()
export class OtherSpaces {
  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(CONFIG) private readonly config: MatcherConfig,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
  ) {}

  /** Spaces whose data still exists, with their dimensions. */
  async kept(): Promise<ReadonlyMap<string, number>> {
    const used = Object.entries(await this.redis.hgetall(galleryKeys.everUsed));
    const kept = new Map<string, number>();
    for (const [space, dimension] of used) {
      if (space === this.model.space || !(await storeExists(this.config, space))) continue;
      kept.set(space, Number(dimension));
    }
    return kept;
  }

  async forgetPerson(tenant: string, personId: string): Promise<void> {
    await this.each((store) => store.forgetPerson(tenant, personId));
  }

  /** @param key of the photograph, in the uploads store */
  async forgetPhotograph(tenant: string, personId: string, key: string): Promise<void> {
    await this.each(async (store) => {
      const templates = await store.listTemplates(tenant, personId);
      for (const { id, image } of templates) {
        if (image.key === key) await store.deleteTemplate(tenant, id);
      }
    });
  }

  countExpired(tenant: string, expiry: SightingExpiry): Promise<number> {
    return this.sum((store) => store.countExpired(tenant, expiry));
  }

  /** Deletes at most `limit` sightings in each space. @returns their total number */
  deleteExpired(tenant: string, expiry: SightingExpiry, limit: number): Promise<number> {
    return this.sum((store) => store.deleteExpired(tenant, expiry, limit));
  }

  private async sum(work: (store: VectorStore) => Promise<number>): Promise<number> {
    let sum = 0;
    await this.each(async (store) => {
      sum += await work(store);
    });
    return sum;
  }

  private async each(work: (store: VectorStore) => Promise<void>): Promise<void> {
    for (const [space, dimension] of await this.kept()) {
      const store = createVectorStore(this.config, space, dimension);
      await store.open();
      try {
        await work(store);
      } finally {
        await store.close();
      }
    }
  }
}
