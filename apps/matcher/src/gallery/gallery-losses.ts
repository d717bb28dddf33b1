import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { REDIS } from '#shared/platform/tokens.js';
import { EnrolmentPhotos } from '../people/enrolment-photos.js';
import { PersonRegistry } from '../people/person-registry.js';
import { MODEL_SPACE, type ModelSpace, VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { galleryKeys, lostEntry } from './gallery-keys.js';

const SOME = '1';
const NONE = '0';

/** How often the galleries are compared with the vector store, after the first time, milliseconds. */
const INTERVAL_MS = 60_000;

/**
 * Notices that the vector store has lost a gallery: its folder or collection was removed, or the matcher was
 * started with another one. Redis says which galleries have templates. An entry says so only while it is sure:
 * before templates are deleted it says that there may be none.
 */
@Injectable()
export class GalleryLosses {
  private readonly logger = new Logger('gallery');
  private readonly space: string;
  private readonly expected: string;
  private lookedAt = -Infinity;

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(MODEL_SPACE) { space }: ModelSpace,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly registry: PersonRegistry,
    private readonly photos: EnrolmentPhotos,
  ) {
    this.space = space;
    this.expected = galleryKeys.templates(space);
  }

  /** A gallery has templates now. */
  async expectSome(tenant: string): Promise<void> {
    await this.redis.hset(this.expected, tenant, SOME);
  }

  /** A gallery has no templates yet, or may soon have none. */
  async expectNone(tenant: string): Promise<void> {
    await this.redis.hset(this.expected, tenant, NONE);
  }

  async forget(tenant: string): Promise<void> {
    await this.redis.hdel(this.expected, tenant);
  }

  /** Deletes templates of a tenant. */
  async whileDeleting(tenant: string, work: () => Promise<void>): Promise<void> {
    await this.expectNone(tenant);
    await work();
    if ((await this.store.countGallery(tenant)) > 0) await this.expectSome(tenant);
  }

  /**
   * Marks the galleries that are lost, and takes the mark off those that are there again.
   * @throws PipelineError VECTOR_STORE_UNAVAILABLE
   */
  async look(): Promise<void> {
    if (performance.now() - this.lookedAt < INTERVAL_MS) return;
    const spaces = await this.redis.hgetall(galleryKeys.spaces);
    for (const [tenant, entry] of Object.entries(spaces)) {
      if (entry === this.space) await this.lookFor(tenant);
      else if (entry === lostEntry(this.space)) await this.lookAgain(tenant);
    }
    this.lookedAt = performance.now();
  }

  private async lookFor(tenant: string): Promise<void> {
    const expected = await this.redis.hget(this.expected, tenant);
    if ((await this.store.countGallery(tenant)) > 0) {
      if (expected !== SOME) await this.expectSome(tenant);
      return;
    }
    if (!(await this.isLost(tenant, expected))) return;
    this.logger.error(`the vector store has lost the gallery of tenant ${tenant}`);
    await this.redis.hset(galleryKeys.spaces, tenant, lostEntry(this.space));
  }

  /** @param expected entry before the store was found empty; the last template may be deleted since then */
  private async isLost(tenant: string, expected: string | null): Promise<boolean> {
    if (expected === NONE || (await this.redis.hget(this.expected, tenant)) === NONE) return false;
    if ((await this.registry.count(tenant)) === 0) return false;
    // Older versions did not write entries.
    return expected === SOME || this.photos.hasAny(tenant);
  }

  /** An operator has put the store back. While a rebuild runs, the store has a part of the gallery. */
  private async lookAgain(tenant: string): Promise<void> {
    if ((await this.store.countGallery(tenant)) === 0) return;
    const rebuild = await this.redis.hget(galleryKeys.rebuild(this.space), 'state');
    if (rebuild === 'listing' || rebuild === 'running') return;
    await this.redis.hset(galleryKeys.spaces, tenant, this.space);
  }
}
