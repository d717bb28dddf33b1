import { Inject, Injectable } from '@nestjs/common';
import { GallerySpaces } from '../gallery/gallery-spaces.js';
import { requiredScore, type MatchPolicy } from '../match-policy.js';
import { PeopleService } from '../people/people.service.js';
import { MATCH_POLICY } from '../recognition/recogniser.js';
import { requestError } from '../request-error.js';
import { VECTOR_STORE } from '../tokens.js';
import {
  type Scored,
  type Sighting,
  type SightingFilter,
  type VectorStore,
} from '../vectors/vector-store.port.js';
import { SightingsService } from './sightings.service.js';

/** Finds a person in what was seen before they were enrolled, without decoding an image again. */
@Injectable()
export class PastSearchService {
  constructor(
    private readonly people: PeopleService,
    private readonly sightings: SightingsService,
    @Inject(MATCH_POLICY) private readonly policy: MatchPolicy,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly spaces: GallerySpaces,
  ) {}

  /**
   * Sightings that pass the person's threshold, best first; `score` is the best of their templates.
   * The decisions recorded on the sightings stay as they are.
   * @throws PipelineError PERSON_NOT_FOUND (404), NO_TEMPLATES (422), GALLERY_SPACE_MISMATCH (409)
   */
  async search(tenant: string, personId: string, filter: SightingFilter, limit: number) {
    const { templates, ...person } = await this.people.get(tenant, personId);
    await this.spaces.require(tenant);
    if (templates.length === 0) {
      throw requestError(422, 'NO_TEMPLATES', `person ${personId} has no photograph enrolled`, {
        personId,
      });
    }
    const threshold = requiredScore(this.policy, templates.length);
    const hits = await Promise.all(
      templates.map(({ vector }) => this.store.searchSightings(tenant, vector, filter, limit)),
    );
    const found = bestOfEach(hits.flat().filter(({ score }) => score >= threshold));
    const shown = found.slice(0, limit);
    const views = await this.sightings.withNames(
      tenant,
      shown.map(({ item }) => item),
    );
    return {
      person,
      threshold,
      matches: views.map((sighting, i) => ({ score: shown[i]!.score, sighting })),
    };
  }
}

function bestOfEach(hits: readonly Scored<Sighting>[]): Scored<Sighting>[] {
  const best = new Map<string, Scored<Sighting>>();
  for (const hit of hits) {
    const known = best.get(hit.item.id);
    if (!known || known.score < hit.score) best.set(hit.item.id, hit);
  }
  return [...best.values()].sort((a, b) => b.score - a.score);
}
