import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { EnrolmentPhotos } from '../people/enrolment-photos.js';
import { PersonRegistry } from '../people/person-registry.js';
import { REDIS, VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { galleryKeys, UNRECORDED, GallerySpaces } from './gallery-spaces.js';

/**
 * Records which space galleries are of that were enrolled before this was recorded: this one when
 * its store knows somebody, another one when there are enrolment photographs and nobody knows them.
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
