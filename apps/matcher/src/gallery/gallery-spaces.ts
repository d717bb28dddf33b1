import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { KEY_PREFIX } from '#shared/platform/queue/redis.js';
import { type MatcherConfig } from '../matcher.config.js';
import { EnrolmentPhotos } from '../people/enrolment-photos.js';
import { PersonRegistry } from '../people/person-registry.js';
import { MATCHER_CONFIG, MODEL_SPACE, type ModelSpace, REDIS, VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';

const PREFIX = `${KEY_PREFIX}:gallery`;

/** Redis keys of what is known of the gallery as a whole. */
export const galleryKeys = {
  /** Hash: tenant → model space that the tenant's gallery is of. */
  spaces: `${PREFIX}:spaces`,
  /** Hash: every model space that a matcher ever worked in → its dimension. */
  everUsed: `${PREFIX}:ever-used`,
  /** Set once galleries from before spaces were recorded have been looked at. */
  recorded: `${PREFIX}:recorded`,
  /** Hash: how far embedding the gallery again in this space is. */
  rebuild: (space: string) => `${PREFIX}:rebuild:${space}`,
  /** Set of `tenant person`: who is still to be embedded. */
  left: (space: string) => `${PREFIX}:rebuild:${space}:left`,
  /** Hash: `tenant person key` → why the photograph could not be embedded. */
  failures: (space: string) => `${PREFIX}:rebuild:${space}:failures`,
};

/** In the place of a space: enrolled before spaces were recorded, and not in the one in use. */
export const UNRECORDED = '?';

/** A tenant's gallery, as something that jobs need to be of the matcher's space. */
export function galleryOf(tenant: string): string {
  return `the gallery of ${tenant}`;
}

/**
 * The gallery is of another model space than this matcher: it knows nobody, so it must not decide.
 * Jobs wait, callers get 409.
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
    `people were enrolled in ${of}, this matcher works in ${space} and would recognise nobody; embed their photographs again with: npm run sightline -- models use ${pack} --rebuild (or use the pack of before)`,
    {
      stage: 'match',
      class: 'wait',
      dependency: galleryOf(tenant),
      httpStatus: 409,
      details: { gallery: gallery === UNRECORDED ? null : gallery, space },
    },
  );
}

/** How long an answer of Redis is believed, milliseconds: every image asks. */
const FRESH_MS = 1_000;

/** Which model space each tenant's gallery is of, and whether it is this matcher's. */
@Injectable()
export class GallerySpaces {
  private others: Promise<ReadonlyMap<string, string>> = Promise.resolve(new Map());
  private readAt = -Infinity;

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(MATCHER_CONFIG) private readonly config: MatcherConfig,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    private readonly registry: PersonRegistry,
  ) {}

  /** @throws PipelineError GALLERY_SPACE_MISMATCH (wait, 409) when the tenant's gallery is of another space */
  async require(tenant: string): Promise<void> {
    const other = (await this.mismatches()).get(tenant);
    if (other !== undefined) throw this.mismatch(tenant, other);
  }

  /** Remembers this space, so that what is deleted later is deleted here too; called at the start. */
  async recordUse(): Promise<void> {
    await this.redis.hset(galleryKeys.everUsed, this.model.space, this.model.dimension);
  }

  /**
   * Makes the gallery of a tenant that has none one of this space; called before anybody is enrolled.
   * @throws PipelineError GALLERY_SPACE_MISMATCH (409)
   */
  async claim(tenant: string): Promise<void> {
    const { space } = this.model;
    await this.redis.hsetnx(galleryKeys.spaces, tenant, space);
    const gallery = await this.redis.hget(galleryKeys.spaces, tenant);
    if (gallery !== null && gallery !== space) throw this.mismatch(tenant, gallery);
  }

  /** Forgets the space of a tenant who knows nobody any more: whoever comes next may be of another one. */
  async releaseIfEmpty(tenant: string): Promise<void> {
    if ((await this.registry.count(tenant)) === 0) {
      await this.redis.hdel(galleryKeys.spaces, tenant);
      this.lookAgain();
    }
  }

  /** Something has changed: the next question goes to Redis. */
  lookAgain(): void {
    this.readAt = -Infinity;
  }

  /** Tenants whose gallery is of another space, with that space. */
  mismatches(): Promise<ReadonlyMap<string, string>> {
    if (performance.now() - this.readAt > FRESH_MS) {
      this.readAt = performance.now();
      this.others = this.read();
      this.others.catch(() => this.lookAgain());
    }
    return this.others;
  }

  /** For the readiness answer. @throws PipelineError GALLERY_SPACE_MISMATCH */
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
