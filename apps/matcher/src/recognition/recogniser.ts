import { Inject, Injectable } from '@nestjs/common';
import { type Person } from '#shared/contracts/http/people.http.js';
import { type Metric } from '#shared/contracts/embedding.js';
import { type MatchCandidate } from '#shared/contracts/match-event.contract.js';
import { GallerySpaces } from '../gallery/gallery-spaces.js';
import { PersonRegistry } from '../people/person-registry.js';
import { VECTOR_STORE } from '../tokens.js';
import { CoalescingBatcher } from '../vectors/coalescing-batcher.js';
import {
  type Scored,
  type Template,
  type TemplateQuery,
  type VectorStore,
} from '../vectors/vector-store.port.js';
import { GallerySize } from './gallery-size.js';
import {
  decide,
  type Decision,
  type MatchPolicy,
  type Probe,
  type RankedPerson,
} from './match-policy.js';
import { Scores } from './scores.js';
import { requiredScore, type Threshold } from './threshold.js';

export const MATCH_POLICY = Symbol('match policy');

/** A face with what the gallery search found and what the policy decided. */
export interface Recognition {
  readonly face: Probe;
  readonly decision: Decision;
  /** Unit of scores and threshold. */
  readonly metric: Metric;
  /** Lowest score that names a person in a gallery of this size; null when uncalibrated. */
  readonly threshold: Threshold | null;
  /** Every person that the search found, best first. */
  readonly candidates: readonly RankedPerson[];
  /** The candidates' names, by person id. */
  readonly people: ReadonlyMap<string, Person>;
}

/** A person as events and responses show it, with the current name. */
export function namedCandidate(
  { personId, score }: RankedPerson,
  people: Recognition['people'],
): MatchCandidate {
  return { personId, name: people.get(personId)?.name ?? personId, score };
}

/** Maximum number of queries in one search of the vector store. */
const MAX_BATCH = 256;
/** Templates that a search asks for first, and the factor by which it asks for more. */
const FIRST_LIMIT = 32;
const LIMIT_FACTOR = 8;

/** Searches the gallery for faces and applies the match policy; used for the archive and for queries. */
@Injectable()
export class Recogniser {
  private readonly searches: CoalescingBatcher<TemplateQuery, Scored<Template>[]>;

  constructor(
    @Inject(VECTOR_STORE) store: VectorStore,
    @Inject(MATCH_POLICY) private readonly policy: MatchPolicy,
    private readonly scores: Scores,
    private readonly size: GallerySize,
    private readonly registry: PersonRegistry,
    private readonly spaces: GallerySpaces,
  ) {
    this.searches = new CoalescingBatcher((queries) => store.searchTemplates(queries), MAX_BATCH);
  }

  /**
   * Gives one recognition per face, in the order of the faces. The searches of concurrent callers
   * share requests to the store.
   * @param peopleWanted number of people that the search looks for; at least 2 for the margin
   * @throws PipelineError GALLERY_SPACE_MISMATCH (wait, 409)
   */
  async recognise(
    tenant: string,
    faces: readonly Probe[],
    peopleWanted = 2,
  ): Promise<Recognition[]> {
    await this.spaces.require(tenant);
    if (faces.length === 0) return [];
    const ranked = await Promise.all(
      faces.map(({ vector }) => this.search(tenant, vector, peopleWanted)),
    );
    const threshold = await this.threshold(tenant);
    const ids = new Set(ranked.flat().map(({ personId }) => personId));
    const people = await this.registry.getMany(tenant, [...ids]);
    const { metric } = this.policy;
    return faces.map((face, i) => {
      // While a person is being deleted, their templates exist a moment longer than their entry.
      const candidates = ranked[i]!.filter(({ personId }) => people.has(personId));
      const decision = decide({ face, people: candidates, threshold }, this.policy);
      return { face, decision, metric, threshold, candidates, people };
    });
  }

  /**
   * Lowest score that names a person; null when the pack is uncalibrated. Call it after the search:
   * then the gallery size includes every template that the search found.
   */
  async threshold(tenant: string): Promise<Threshold | null> {
    const { falseAcceptRate } = this.policy;
    return requiredScore(this.policy, falseAcceptRate, await this.size.of(tenant));
  }

  /**
   * Asks for more templates until enough people are found or the gallery is exhausted. The store
   * selects by cosine similarity, even where scores are normalised. So a template outside the
   * FIRST_LIMIT most similar ones is ignored, even if its normalised score would be higher.
   */
  private async search(
    tenant: string,
    vector: Float32Array,
    peopleWanted: number,
  ): Promise<RankedPerson[]> {
    const probing = this.scores.probeStatistics(vector);
    for (let limit = FIRST_LIMIT; ; limit *= LIMIT_FACTOR) {
      const searching = this.searches.add({ tenant, vector, limit });
      const [hits, probe] = await Promise.all([searching, probing]);
      const people = rankPeople(await this.scores.scoreHits(probe, hits));
      if (people.length >= peopleWanted || hits.length < limit) return people;
    }
  }
}

/** Each person with the score of their best template, best person first. */
function rankPeople(hits: readonly Scored<Template>[]): RankedPerson[] {
  const best = new Map<string, RankedPerson>();
  for (const { item, score } of hits) {
    const known = best.get(item.personId);
    if (known && known.score >= score) continue;
    best.set(item.personId, { personId: item.personId, score });
  }
  return [...best.values()].sort((a, b) => b.score - a.score);
}
