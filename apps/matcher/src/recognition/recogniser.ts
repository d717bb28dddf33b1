import { Inject, Injectable } from '@nestjs/common';
import { type Metric } from '#shared/contracts/embedding.js';
import { GallerySpaces } from '../gallery/gallery-spaces.js';
import { PersonRegistry } from '../people/person-registry.js';
import { type Person } from '../people/person.js';
import { VECTOR_STORE } from '../tokens.js';
import { CoalescingBatcher } from '../vectors/coalescing-batcher.js';
import {
  type Scored,
  type Template,
  type TemplateQuery,
  type VectorStore,
} from '../vectors/vector-store.port.js';
import { GallerySize } from './gallery-size.js';
import { type RankedPerson, decide, type Decision, type MatchPolicy } from './match-policy.js';
import { Scores } from './scores.js';
import { type Threshold, requiredScore } from './threshold.js';

/** Each person's best template, best person first. */
function rankPeople(hits: readonly Scored<Template>[]): RankedPerson[] {
  const best = new Map<string, RankedPerson>();
  for (const { item, score } of hits) {
    const known = best.get(item.personId);
    if (known && known.score >= score) continue;
    best.set(item.personId, { personId: item.personId, score });
  }
  return [...best.values()].sort((a, b) => b.score - a.score);
}

export const MATCH_POLICY = Symbol('match policy');

/** What the gallery says about one face. */
export interface Recognition {
  readonly decision: Decision;
  /** What scores and threshold are in. */
  readonly metric: Metric;
  /** What naming took, in a gallery of its size; null when nothing says so. */
  readonly threshold: Threshold | null;
  /** Every person that came up, best first. */
  readonly candidates: readonly RankedPerson[];
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
    private readonly scores: Scores,
    private readonly size: GallerySize,
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
    if (vectors.length === 0) return [];
    const ranked = await Promise.all(
      vectors.map((vector) => this.search(tenant, vector, peopleWanted)),
    );
    const threshold = await this.threshold(tenant);
    const ids = new Set(ranked.flat().map(({ personId }) => personId));
    const people = await this.registry.getMany(tenant, [...ids]);
    const { metric, margin } = this.policy;
    return ranked.map((found) => {
      // A template outlives its person for a moment while the person is being deleted.
      const candidates = found.filter(({ personId }) => people.has(personId));
      const decision = decide(candidates, threshold, margin);
      return { decision, metric, threshold, candidates, people };
    });
  }

  /** What naming takes. Ask for it after searching: then no template that came up goes uncounted. */
  async threshold(tenant: string): Promise<Threshold | null> {
    const { falseAcceptRate } = this.policy;
    return requiredScore(this.policy, falseAcceptRate, await this.size.of(tenant));
  }

  /**
   * Asks for more templates as long as too few people fill all that came back. Which come back is
   * decided by similarity, also where scores are normalised: a template that is less alike than all of
   * TEMPLATES_WANTED others is not considered, however far it is from strangers.
   */
  private async search(
    tenant: string,
    vector: Float32Array,
    peopleWanted: number,
  ): Promise<RankedPerson[]> {
    const probing = this.scores.probe(vector);
    for (let limit = TEMPLATES_WANTED; ; limit *= 8) {
      const searching = this.searches.add({ tenant, vector, limit });
      const [hits, probe] = await Promise.all([searching, probing]);
      const people = rankPeople(await this.scores.ofHits(probe, hits));
      if (people.length >= peopleWanted || hits.length < limit) return people;
    }
  }
}
