import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { galleryDependency } from '#shared/contracts/dependency.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { CONFIG, REDIS } from '#shared/platform/tokens.js';
import { type MatcherConfig } from '../matcher.config.js';
import { PersonRegistry } from '../people/person-registry.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { galleryKeys, lostSpace, UNRECORDED } from './gallery-keys.js';
import { GalleryLosses } from './gallery-losses.js';

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

/**
 * The vector store has lost the gallery: nobody would be recognised, and images would be done without a name. Jobs
 * wait, clients get 409.
 */
function galleryLost(tenant: string, space: string, pack: string): PipelineError {
  return new PipelineError(
    'GALLERY_LOST',
    `people of tenant ${tenant} are enrolled, but the vector store has none of their templates (model space ${space}): was it removed or replaced? Put it back and start the matcher again, or embed the enrolment photographs again with: npm run sightline -- models use ${pack} --rebuild`,
    {
      stage: 'match',
      class: 'wait',
      dependency: galleryDependency(tenant),
      httpStatus: 409,
      details: { space },
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
    private readonly losses: GalleryLosses,
  ) {}

  /** @throws PipelineError GALLERY_SPACE_MISMATCH, GALLERY_LOST (wait, 409) when this matcher would recognise nobody */
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
   * @throws PipelineError GALLERY_SPACE_MISMATCH, GALLERY_LOST (409)
   */
  async claim(tenant: string): Promise<void> {
    const { space } = this.model;
    await this.losses.look();
    if ((await this.redis.hsetnx(galleryKeys.spaces, tenant, space)) === 1) {
      await this.losses.expectNone(tenant);
    }
    const gallery = await this.redis.hget(galleryKeys.spaces, tenant);
    if (gallery !== null && gallery !== space) throw this.mismatch(tenant, gallery);
  }

  /** Removes the space of a tenant that has no people any more: the next enrolment may use another one. */
  async releaseIfEmpty(tenant: string): Promise<void> {
    if ((await this.registry.count(tenant)) === 0) {
      await this.redis.hdel(galleryKeys.spaces, tenant);
      await this.losses.forget(tenant);
      this.invalidate();
    }
  }

  /** Clears the cache, so that the next call reads Redis. */
  invalidate(): void {
    this.readAt = -Infinity;
  }

  /** Tenants whose gallery is in another space or lost, with their entry in galleryKeys.spaces. */
  mismatches(): Promise<ReadonlyMap<string, string>> {
    if (performance.now() - this.readAt > CACHE_MS) {
      this.readAt = performance.now();
      this.others = this.read();
      this.others.catch(() => this.invalidate());
    }
    return this.others;
  }

  /** Readiness check. @throws PipelineError GALLERY_SPACE_MISMATCH, GALLERY_LOST */
  async check(): Promise<Readonly<Record<string, unknown>>> {
    const [other] = await this.mismatches();
    if (other) throw this.mismatch(...other);
    return {};
  }

  private async read(): Promise<ReadonlyMap<string, string>> {
    await this.losses.look();
    const spaces = await this.redis.hgetall(galleryKeys.spaces);
    const others = new Map<string, string>();
    for (const [tenant, space] of Object.entries(spaces)) {
      if (space === this.model.space) continue;
      if ((await this.registry.count(tenant)) > 0) others.set(tenant, space);
    }
    return others;
  }

  private mismatch(tenant: string, gallery: string) {
    const { MODEL_PACK } = this.config;
    const { space } = this.model;
    const lost = lostSpace(gallery);
    if (lost === space) return galleryLost(tenant, space, MODEL_PACK);
    return galleryMismatch(tenant, lost ?? gallery, space, MODEL_PACK);
  }
}
