import { Inject, Injectable } from '@nestjs/common';
import { CoalescingBatcher } from '../batching/coalescing-batcher.js';
import { decide, requiredScore, type Decision, type MatchPolicy } from '../match-policy.js';
import { GallerySpaces } from '../gallery/gallery-spaces.js';
import { type Person } from '../people/person.js';
import { PersonRegistry } from '../people/person-registry.js';
import { VECTOR_STORE } from '../tokens.js';
import {
  type Scored,
  type Template,
  type TemplateQuery,
  type VectorStore,
} from '../vectors/vector-store.port.js';
import { rankPeople, type PersonScore } from './rank-people.js';
import { TemplateCounter } from './template-counter.js';

export const MATCH_POLICY = Symbol('match policy');

/** What the gallery says about one face. */
export interface Recognition {
  readonly decision: Decision;
  /** Every person that came up, best first. */
  readonly candidates: readonly PersonScore[];
  readonly people: ReadonlyMap<string, Person>;
}

const MAX_BATCH = 256;
const TEMPLATES_WANTED = 32;

/** Finds who faces show: gallery search and policy, shared by the archive and by queries. */
@Injectable()
export class Recogniser {
  private readonly searches: CoalescingBatcher<TemplateQuery, Scored<Template>[]>;

  constructor(
    @Inject(VECTOR_STORE) store: VectorStore,
    @Inject(MATCH_POLICY) private readonly policy: MatchPolicy,
    private readonly counter: TemplateCounter,
    private readonly registry: PersonRegistry,
    private readonly spaces: GallerySpaces,
  ) {
    this.searches = new CoalescingBatcher((queries) => store.searchTemplates(queries), MAX_BATCH);
  }

  /**
   * One recognition per vector. Searches of concurrent callers go to the store together.
   * @throws PipelineError GALLERY_SPACE_MISMATCH (wait, 409)
   */
  async recognise(
    tenant: string,
    vectors: readonly Float32Array[],
    peopleWanted = 2,
  ): Promise<Recognition[]> {
    await this.spaces.require(tenant);
    const ranked = await Promise.all(
      vectors.map((vector) => this.search(tenant, vector, peopleWanted)),
    );
    const ids = new Set(ranked.flat().map(({ personId }) => personId));
    const people = await this.registry.getMany(tenant, [...ids]);
    // A template outlives its person for a moment while the person is being deleted.
    const known = ranked.map((faces) => faces.filter(({ personId }) => people.has(personId)));
    const counts = await this.countTemplates(tenant, known.flat());
    return known.map((candidates) => {
      const counted = candidates.map((candidate) => ({
        ...candidate,
        templates: counts.get(candidate.personId) ?? 1,
      }));
      return { decision: decide(counted, this.policy), candidates, people };
    });
  }

  /** Asks for more templates as long as too few people fill all that came back. */
  private async search(
    tenant: string,
    vector: Float32Array,
    peopleWanted: number,
  ): Promise<PersonScore[]> {
    for (let limit = TEMPLATES_WANTED; ; limit *= 8) {
      const hits = await this.searches.add({ tenant, vector, limit });
      const people = rankPeople(hits);
      if (people.length >= peopleWanted || hits.length < limit) return people;
    }
  }

  /** Who misses the bar of one template misses every bar: only the others' templates are counted. */
  private async countTemplates(tenant: string, candidates: readonly PersonScore[]) {
    const bar = requiredScore(this.policy, 1);
    const near = candidates.filter(({ score }) => score >= bar);
    const ids = [...new Set(near.map(({ personId }) => personId))];
    const counts = await Promise.all(ids.map((id) => this.counter.count(tenant, id)));
    return new Map(ids.map((id, i) => [id, counts[i]!]));
  }
}
