import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { galleryDependency } from '#shared/contracts/dependency.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { KEY_PREFIX } from '#shared/platform/queue/redis.js';
import { CONFIG, REDIS } from '#shared/platform/tokens.js';
import { type MatcherConfig } from '../matcher.config.js';
import { EnrolmentPhotos } from '../people/enrolment-photos.js';
import { PersonRegistry } from '../people/person-registry.js';
import { MODEL_SPACE, type ModelSpace, VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';

const PREFIX = `${KEY_PREFIX}:gallery`;

/** Redis keys of the state of all galleries. */
export const galleryKeys = {
  /** Hash: tenant → model space of the tenant's gallery. */
  spaces: `${PREFIX}:spaces`,
  /** Hash: every model space that a matcher has ever used → its dimension. */
  everUsed: `${PREFIX}:ever-used`,
  /** Set when the galleries of versions that did not record spaces have been checked. */
  recorded: `${PREFIX}:recorded`,
  /** Hash: progress of the gallery's rebuild in this space. */
  rebuild: (space: string) => `${PREFIX}:rebuild:${space}`,
  /** Set of `tenant person`: people who are not rebuilt yet. */
  left: (space: string) => `${PREFIX}:rebuild:${space}:left`,
  /** Hash: `tenant person key` → why the photograph could not be embedded. */
  failures: (space: string) => `${PREFIX}:rebuild:${space}:failures`,
};

/** Value for a gallery that was enrolled before spaces were recorded, in another space than the current one. */
export const UNRECORDED = '?';

/**
 * The gallery is in another model space than this matcher, which would recognise nobody. Jobs wait,
 * clients get 409.
 */
function galleryMismatch(
  tenant: string,
  gallery: string,
  space: string,
  pack: string,
): PipelineError {
  const of = gallery === UNRECORDED ? 'another model space' : `model space ${gallery}`;
  return new PipelineError(
    'GALLERY_SPACE_MISMATCH',
    `people were enrolled in ${of}, this matcher works in ${space} and would recognise nobody; embed their photographs again with: npm run sightline -- models use ${pack} --rebuild (or use the previous pack)`,
    {
      stage: 'match',
      class: 'wait',
      dependency: galleryDependency(tenant),
      httpStatus: 409,
      details: { gallery: gallery === UNRECORDED ? null : gallery, space },
    },
  );
}

/** How long the state is cached, milliseconds: it is needed for every image. */
const CACHE_MS = 1_000;

/** The model space of each tenant's gallery, compared with this matcher's space. */
@Injectable()
export class GallerySpaces {
  private others: Promise<ReadonlyMap<string, string>> = Promise.resolve(new Map());
  private readAt = -Infinity;

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(CONFIG) private readonly config: MatcherConfig,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    private readonly registry: PersonRegistry,
  ) {}

  /** @throws PipelineError GALLERY_SPACE_MISMATCH (wait, 409) when the tenant's gallery is in another space */
  async require(tenant: string): Promise<void> {
    const other = (await this.mismatches()).get(tenant);
    if (other !== undefined) throw this.mismatch(tenant, other);
  }

  /** Records this space at start-up, so that later deletions include it when another space is in use. */
  async recordUse(): Promise<void> {
    await this.redis.hset(galleryKeys.everUsed, this.model.space, this.model.dimension);
  }

  /**
   * Assigns this space to the gallery of a tenant that has none. Called before each enrolment.
   * @throws PipelineError GALLERY_SPACE_MISMATCH (409)
   */
  async claim(tenant: string): Promise<void> {
    const { space } = this.model;
    await this.redis.hsetnx(galleryKeys.spaces, tenant, space);
    const gallery = await this.redis.hget(galleryKeys.spaces, tenant);
    if (gallery !== null && gallery !== space) throw this.mismatch(tenant, gallery);
  }

  /** Removes the space of a tenant that has no people any more: the next enrolment may use another one. */
  async releaseIfEmpty(tenant: string): Promise<void> {
    if ((await this.registry.count(tenant)) === 0) {
      await this.redis.hdel(galleryKeys.spaces, tenant);
      this.invalidate();
    }
  }

  /** Clears the cache, so that the next call reads Redis. */
  invalidate(): void {
    this.readAt = -Infinity;
  }

  /** Tenants whose gallery is in another space, with that space. */
  mismatches(): Promise<ReadonlyMap<string, string>> {
    if (performance.now() - this.readAt > CACHE_MS) {
      this.readAt = performance.now();
      this.others = this.read();
      this.others.catch(() => this.invalidate());
    }
    return this.others;
  }

  /** Readiness check. @throws PipelineError GALLERY_SPACE_MISMATCH */
  async check(): Promise<Readonly<Record<string, unknown>>> {
    const [other] = await this.mismatches();
    if (other) throw this.mismatch(...other);
    return {};
  }

  private async read(): Promise<ReadonlyMap<string, string>> {
    const spaces = await this.redis.hgetall(galleryKeys.spaces);
    const others = new Map<string, string>();
    for (const [tenant, space] of Object.entries(spaces)) {
      if (space === this.model.space) continue;
      if ((await this.registry.count(tenant)) > 0) others.set(tenant, space);
    }
    return others;
  }

  private mismatch(tenant: string, gallery: string) {
    return galleryMismatch(tenant, gallery, this.model.space, this.config.MODEL_PACK);
  }
}

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
