import { Controller, Inject } from '@nestjs/common';
import { galleryHttp } from '#shared/contracts/http/gallery.http.js';
import { type Sent } from '#shared/contracts/http/route.js';
import { Tenant } from '#shared/platform/http/access.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { Route } from '#shared/platform/http/route.js';
import { type MatcherConfig } from '../matcher.config.js';
import { PersonRegistry } from '../people/person-registry.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { describePlace } from '../vectors/vector-store.config.js';
import { GalleryRebuild } from './gallery-rebuild.service.js';
import { GallerySpaces } from './gallery-spaces.js';
import { OtherSpaces } from './other-spaces.js';
import { RebuildRepository } from './rebuild-repository.js';

/** Maximum number of failures in one answer. */
const MAX_FAILURES = 1_000;

const NEVER = { state: 'none' as const, people: 0, left: 0, embedded: 0, failed: 0 };

/** The rebuild covers all tenants; each tenant sees only its own failures. */
@Controller()
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

  @Route(galleryHttp.start)
  async start(@Tenant() tenant: string) {
    await this.rebuild.start();
    return this.read(tenant);
  }

  @Route(galleryHttp.read)
  async read(@Tenant() tenant: string): Promise<Sent<typeof galleryHttp.read>> {
    const mismatches = await this.spaces.mismatches();
    const kept = [...(await this.others.kept()).keys()];
    return {
      space: this.model.space,
      needed: mismatches.size > 0,
      ...((await this.progress.read()) ?? NEVER),
      failures: await this.failuresOf(tenant),
      kept: kept.map((space) => ({ space, place: describePlace(this.config, space) })),
    };
  }

  private async failuresOf(tenant: string) {
    const failures = (await this.progress.failures(tenant)).slice(0, MAX_FAILURES);
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
