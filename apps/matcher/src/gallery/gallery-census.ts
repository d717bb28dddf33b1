import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { REDIS } from '#shared/platform/tokens.js';
import { EnrolmentPhotos } from '../people/enrolment-photos.js';
import { PersonRegistry } from '../people/person-registry.js';
import { VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { galleryKeys, UNRECORDED } from './gallery-keys.js';
import { GallerySpaces } from './gallery-spaces.js';

/**
 * Records the space of galleries that were enrolled by versions that did not record it: this space when
 * its store has templates of the tenant, and an unknown one when there are only photographs.
 */
@Injectable()
export class GalleryCensus implements OnModuleInit {
  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly registry: PersonRegistry,
    private readonly photos: EnrolmentPhotos,
    private readonly spaces: GallerySpaces,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.spaces.recordUse();
    if (await this.redis.exists(galleryKeys.recorded)) return;
    for (const tenant of await this.registry.tenants()) {
      if (await this.redis.hexists(galleryKeys.spaces, tenant)) continue;
      if ((await this.store.countGallery(tenant)) > 0) await this.spaces.claim(tenant);
      else if (await this.photos.hasAny(tenant)) {
        await this.redis.hsetnx(galleryKeys.spaces, tenant, UNRECORDED);
      }
    }
    await this.redis.set(galleryKeys.recorded, 1);
  }
}
