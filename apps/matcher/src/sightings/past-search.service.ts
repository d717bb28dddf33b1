import { Inject, Injectable } from '@nestjs/common';
import { GallerySpaces } from '../gallery/gallery-spaces.js';
import { PeopleService } from '../people/people.service.js';
import { noTemplates } from '../people/person-registry.js';
import { GallerySize } from '../recognition/gallery-size.js';
import { type MatchPolicy } from '../recognition/match-policy.js';
import { MATCH_POLICY } from '../recognition/recogniser.js';
import { scoreOf, Scores, type Statistics } from '../recognition/scores.js';
import { requireThreshold, thresholdView } from '../recognition/threshold.js';
import { VECTOR_STORE } from '../tokens.js';
import {
  type Scored,
  type Sighting,
  type SightingFilter,
  type StoredTemplate,
  type VectorStore,
} from '../vectors/vector-store.port.js';
import { SightingsService } from './sightings.service.js';

/** Minimum number of most similar sightings that are scored per template, where scores are normalised. */
const MIN_CANDIDATES = 100;

/** Finds a person in the sightings from before they were enrolled. No image is decoded again. */
@Injectable()
export class PastSearchService {
  constructor(
    private readonly people: PeopleService,
    private readonly sightings: SightingsService,
    private readonly scores: Scores,
    private readonly gallery: GallerySize,
    @Inject(MATCH_POLICY) private readonly policy: MatchPolicy,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly spaces: GallerySpaces,
  ) {}

  /**
   * Sightings whose score for this person reaches the threshold, best first. The margin over other
   * people is not checked. `score` is the best score of the person's templates. The threshold is
   * computed for the whole gallery, as for a new image, so that the false accept rate is the same.
   * Does not change the decisions that are stored on the sightings.
   * @throws PipelineError PERSON_NOT_FOUND (404), NO_TEMPLATES (422), PACK_UNCALIBRATED or
   *   GALLERY_SPACE_MISMATCH (409)
   */
  async search(tenant: string, personId: string, filter: SightingFilter, limit: number) {
    const { templates, ...person } = await this.people.get(tenant, personId);
    await this.spaces.require(tenant);
    if (templates.length === 0) throw noTemplates(personId);
    const { metric, falseAcceptRate } = this.policy;
    const size = await this.gallery.of(tenant);
    const threshold = requireThreshold(this.policy, falseAcceptRate, size);
    const scored = await this.score(tenant, templates, filter, limit);
    const shown = scored.filter(({ score }) => score >= threshold.score).slice(0, limit);
    const views = await this.sightings.withNames(
      tenant,
      shown.map(({ item }) => item),
    );
    return {
      person,
      metric,
      ...thresholdView(threshold),
      matches: views.map((sighting, i) => ({ score: shown[i]!.score, sighting })),
    };
  }

  /** The most similar sightings of all templates, each with its best score, best first. */
  private async score(
    tenant: string,
    templates: readonly StoredTemplate[],
    filter: SightingFilter,
    limit: number,
  ): Promise<Scored<Sighting>[]> {
    const wanted = this.scores.normalised ? Math.max(limit, MIN_CANDIDATES) : limit;
    const found = await Promise.all(
      templates.map(({ vector }) => this.store.searchSightings(tenant, vector, filter, wanted)),
    );
    const ids = new Set(found.flat().map(({ item }) => item.id));
    const probes = await this.probes(tenant, [...ids]);
    const ofTemplates = await this.scores.templateStatistics(templates);
    const hits = templates.flatMap(({ id }, i) => {
      const template = ofTemplates.get(id);
      return found[i]!.flatMap(({ item, score }) => {
        const probe = probes.get(item.id);
        if (probe === undefined || template === undefined) return [];
        return [{ item, score: scoreOf(score, probe, template) }];
      });
    });
    return bestOfEach(hits);
  }

  /** Statistics of sightings by id. They are not stored with sightings, so they are computed again. */
  private async probes(
    tenant: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Statistics>> {
    if (!this.scores.normalised) return new Map(ids.map((id) => [id, null]));
    const vectors = await this.store.sightingVectors(tenant, ids);
    const entries = [...vectors].map(async ([id, vector]) => {
      return [id, await this.scores.probeStatistics(vector)] as const;
    });
    return new Map(await Promise.all(entries));
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
