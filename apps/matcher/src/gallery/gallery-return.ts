import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { CONFIG, REDIS } from '#shared/platform/tokens.js';
import { eachPage } from '../each-page.js';
import { type MatcherConfig } from '../matcher.config.js';
import { EnrolmentPhotos } from '../people/enrolment-photos.js';
import { PersonRegistry } from '../people/person-registry.js';
import { MODEL_SPACE, type ModelSpace, VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { galleryKeys } from './gallery-keys.js';
import { GallerySpaces } from './gallery-spaces.js';

/** People in one page of the listing. */
const PAGE = 500;

/**
 * Returns to the gallery of this matcher's model space after another pack was in use, if it still has every
 * enrolment photograph: then nothing must be embedded again.
 */
@Injectable()
export class GalleryReturn implements OnApplicationBootstrap {
  private readonly logger = new Logger('gallery');

  constructor(
    @Inject(CONFIG) private readonly config: MatcherConfig,
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    private readonly spaces: GallerySpaces,
    private readonly registry: PersonRegistry,
    private readonly photos: EnrolmentPhotos,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.RETURN_TO_GALLERY === 'false') return;
    const { space } = this.model;
    for (const [tenant, other] of await this.spaces.mismatches()) {
      if (!(await this.isComplete(tenant))) continue;
      await this.redis.hset(galleryKeys.spaces, tenant, space);
      this.logger.log(`returned from the gallery of ${other} to the one of ${space} (${tenant})`);
    }
    this.spaces.invalidate();
  }

  private async isComplete(tenant: string): Promise<boolean> {
    if ((await this.store.countGallery(tenant)) === 0) return false;
    const pages = eachPage((from) => this.registry.page(tenant, { limit: PAGE, ...from }));
    for await (const { items } of pages) {
      for (const { id } of items) if (!(await this.hasEveryPhotograph(tenant, id))) return false;
    }
    return true;
  }

  private async hasEveryPhotograph(tenant: string, personId: string): Promise<boolean> {
    const templates = await this.store.listTemplates(tenant, personId);
    const embedded = new Set(templates.map(({ image }) => image.key));
    const photographs = await this.photos.list(tenant, personId);
    return photographs.every(({ key }) => embedded.has(key));
  }
}
