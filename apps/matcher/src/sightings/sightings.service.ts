import { Inject, Injectable } from '@nestjs/common';
import { type Person } from '#shared/contracts/http/people.http.js';
import { type SightingView } from '#shared/contracts/http/sightings.http.js';
import { PersonRegistry } from '../people/person-registry.js';
import { VECTOR_STORE } from '../tokens.js';
import { CoalescingBatcher } from '../vectors/coalescing-batcher.js';
import {
  type Page,
  type Sighting,
  type SightingFilter,
  type StoredSighting,
  type VectorStore,
} from '../vectors/vector-store.port.js';

/** Maximum number of sightings in one write to the vector store. */
const MAX_BATCH = 256;

/** Records the faces that were seen, and lists them. */
@Injectable()
export class SightingsService {
  private readonly writes: CoalescingBatcher<StoredSighting, undefined>;

  constructor(
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly registry: PersonRegistry,
  ) {
    this.writes = new CoalescingBatcher(async (sightings) => {
      // A job that runs twice may write the same face twice: the last one counts.
      const byId = new Map(sightings.map((sighting) => [sighting.id, sighting]));
      await store.upsertSightings([...byId.values()]);
      return sightings.map(() => undefined);
    }, MAX_BATCH);
  }

  /** Concurrent writes share requests to the vector store. */
  async write(sightings: readonly StoredSighting[]): Promise<void> {
    await this.writes.addAll(sightings);
  }

  async list(
    tenant: string,
    filter: SightingFilter,
    page: { cursor?: string; limit: number },
  ): Promise<Page<SightingView>> {
    const { items, cursor } = await this.store.listSightings(tenant, filter, page);
    return { items: await this.withNames(tenant, items), cursor };
  }

  async withNames(tenant: string, sightings: readonly Sighting[]): Promise<SightingView[]> {
    const ids = new Set(sightings.flatMap(({ personId }) => personId ?? []));
    const people = await this.registry.getMany(tenant, [...ids]);
    return sightings.map((sighting) => sightingView(sighting, people));
  }
}

/** A sighting as the API shows it. */
function sightingView(sighting: Sighting, people: ReadonlyMap<string, Person>): SightingView {
  const { id, imageId, image, width, height, incomplete, box, source, cameraId, observedAt } =
    sighting;
  const { detectionScore, quality, personId, score, metric, decidedAt } = sighting;
  return {
    id,
    imageId,
    image,
    width,
    height,
    incomplete,
    box,
    source,
    cameraId,
    observedAt: observedAt === null ? null : new Date(observedAt).toISOString(),
    detectionScore,
    quality,
    personId,
    personName: personId === null ? null : (people.get(personId)?.name ?? null),
    score,
    metric,
    decidedAt: new Date(decidedAt).toISOString(),
  };
}
