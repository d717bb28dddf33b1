import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { Tenant } from '#shared/platform/http/access.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { type MatcherConfig } from '../matcher.config.js';
import { PersonRegistry } from '../people/person-registry.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { describePlace } from '../vectors/vector-store.config.js';
import { GalleryRebuild } from './gallery-rebuild.service.js';
import { GallerySpaces } from './gallery-spaces.js';
import { OtherSpaces } from './other-spaces.js';
import { RebuildRepository } from './rebuild-repository.js';

/** Failures in one answer. */
const MOST_FAILURES = 1_000;

const NEVER = { state: 'none', people: 0, left: 0, embedded: 0, failed: 0 };

/** Embedding the gallery again in another model space: all tenants, each shown its own failures. */
@Controller('v1/gallery/rebuild')
export class GalleryController {
  constructor(
    @Inject(CONFIG) private readonly config: MatcherConfig,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    private readonly others: OtherSpaces,
    private readonly spaces: GallerySpaces,
    private readonly rebuild: GalleryRebuild,
    private readonly progress: RebuildRepository,
    private readonly registry: PersonRegistry,
  ) {}

  @Post()
  @HttpCode(202)
  async start(@Tenant() tenant: string) {
    await this.rebuild.start();
    return this.read(tenant);
  }

  @Get()
  async read(@Tenant() tenant: string) {
    const mismatches = await this.spaces.mismatches();
    const kept = [...(await this.others.kept()).keys()];
    return {
      space: this.model.space,
      /** Whether somebody's gallery is of another space. */
      needed: mismatches.size > 0,
      ...((await this.progress.read()) ?? NEVER),
      failures: await this.failuresOf(tenant),
      /** Galleries and sightings of other spaces, and where they lie. */
      kept: kept.map((space) => ({ space, place: describePlace(this.config, space) })),
    };
  }

  private async failuresOf(tenant: string) {
    const failures = (await this.progress.failures(tenant)).slice(0, MOST_FAILURES);
    const ids = new Set(failures.map(({ personId }) => personId));
    const people = await this.registry.getMany(tenant, [...ids]);
    return failures.map(({ personId, key, code, message }) => ({
      personId,
      name: people.get(personId)?.name ?? null,
      photograph: key,
      code,
      message,
    }));
  }
}
