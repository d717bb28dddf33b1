import { Inject, Injectable } from '@nestjs/common';
import { PersonRegistry } from '../people/person-registry.js';
import { VECTOR_STORE } from '../tokens.js';
import {
  type Page,
  type Sighting,
  type SightingFilter,
  type VectorStore,
} from '../vectors/vector-store.port.js';
import { sightingView, type SightingView } from './sighting-view.js';

/** Every face that was seen, and who it was taken for. */
@Injectable()
export class SightingsService {
  constructor(
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly registry: PersonRegistry,
  ) {}

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
