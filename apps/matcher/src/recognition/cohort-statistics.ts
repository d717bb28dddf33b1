import {
  statisticsOfAny,
  type CohortStatistics,
  type NormalisationSettings,
} from '#models/scoring/as-norm.js';
import { CoalescingBatcher } from '../vectors/coalescing-batcher.js';
import {
  storeUnavailable,
  type Cohort,
  type CohortQuery,
  type StoredTemplate,
  type Template,
  type TemplateStatistics,
  type VectorStore,
} from '../vectors/vector-store.port.js';

/** Maximum number of faces in one request to the store. */
const MAX_BATCH = 256;
/** A cohort rarely contains more images than this of the same person as the face. */
const SAME_PERSON_ALLOWANCE = 4;

/**
 * Mean and deviation of a face's best similarities to the cohort's strangers, for AS-norm.
 * Concurrent calls share requests to the store.
 */
export class CohortSearch {
  /** Identifies the cohort and the settings: statistics of another normalisation are not comparable. */
  readonly normalisation: string;
  private readonly requests: CoalescingBatcher<Float32Array, CohortStatistics>;

  constructor(
    private readonly store: Pick<VectorStore, 'putCohort' | 'searchCohort'>,
    private readonly cohort: Cohort,
    private readonly settings: NormalisationSettings,
  ) {
    const { top, samePerson, deviation } = settings;
    this.normalisation = [cohort.sha256, top, samePerson, deviation].join('/');
    this.requests = new CoalescingBatcher((vectors) => this.compute(vectors), MAX_BATCH);
  }

  statistics(vector: Float32Array): Promise<CohortStatistics> {
    return this.requests.add(vector);
  }

  private async compute(vectors: readonly Float32Array[]): Promise<CohortStatistics[]> {
    const { top, samePerson } = this.settings;
    const limit = Math.min(top + SAME_PERSON_ALLOWANCE, this.cohort.vectors.length);
    const found = await this.search(vectors.map((vector) => ({ vector, limit })));
    const hasEnoughStrangers = (similarities: readonly number[]) =>
      similarities.filter((similarity) => similarity < samePerson).length >= top;
    const short = vectors.filter((_, i) => !hasEnoughStrangers(found[i]!));
    const whole = await this.searchWholeCohort(limit, short);
    return vectors.map((vector, i) =>
      statisticsOfAny(whole.get(vector) ?? found[i]!, this.settings),
    );
  }

  /** All similarities of faces whose best ones contain too many images of the same person. */
  private async searchWholeCohort(
    limit: number,
    vectors: readonly Float32Array[],
  ): Promise<ReadonlyMap<Float32Array, number[]>> {
    const size = this.cohort.vectors.length;
    if (limit === size || vectors.length === 0) return new Map();
    const found = await this.search(vectors.map((vector) => ({ vector, limit: size })));
    return new Map(vectors.map((vector, i) => [vector, found[i]!]));
  }

  /**
   * Stores the cohort again when it is missing: during a change of the model pack, a matcher that
   * runs with another cohort deletes this one.
   */
  private async search(queries: readonly CohortQuery[]): Promise<number[][]> {
    const found = await this.store.searchCohort(this.cohort.sha256, queries);
    if (isComplete(found, queries)) return found;
    await this.store.putCohort(this.cohort);
    const again = await this.store.searchCohort(this.cohort.sha256, queries);
    if (isComplete(again, queries)) return again;
    throw storeUnavailable(
      'the cohort is missing in the vector store; run all matchers with the same MODEL_PACK and calibration',
    );
  }
}

function isComplete(
  found: readonly (readonly number[])[],
  queries: readonly CohortQuery[],
): boolean {
  return queries.every(({ limit }, i) => found[i]?.length === limit);
}

interface OutdatedTemplate {
  readonly tenant: string;
  readonly id: string;
}

/**
 * Statistics of templates. They are computed at enrolment and stored with the template. After a new
 * calibration they are computed again when they are first needed, and stored.
 */
export class TemplateStatisticsKeeper {
  private readonly refreshes: CoalescingBatcher<OutdatedTemplate, CohortStatistics | null>;

  constructor(
    private readonly store: Pick<VectorStore, 'getTemplates' | 'setStatistics'>,
    private readonly cohort: CohortSearch,
  ) {
    this.refreshes = new CoalescingBatcher((templates) => this.refresh(templates), MAX_BATCH);
  }

  /** Statistics of a face that is being enrolled. */
  async compute(vector: Float32Array): Promise<TemplateStatistics> {
    const { normalisation } = this.cohort;
    return { normalisation, ...(await this.cohort.statistics(vector)) };
  }

  /** Statistics by template id. A template that was deleted meanwhile is missing. */
  async of(templates: readonly Template[]): Promise<Map<string, CohortStatistics>> {
    const entries = await Promise.all(
      templates.map(async (template) => {
        const { tenant, id } = template;
        const found = this.current(template) ?? (await this.refreshes.add({ tenant, id }));
        return found ? [[id, found] as const] : [];
      }),
    );
    return new Map(entries.flat());
  }

  /** The stored statistics, null when they are of another normalisation. */
  private current({ statistics }: Template): TemplateStatistics | null {
    return statistics?.normalisation === this.cohort.normalisation ? statistics : null;
  }

  private async refresh(
    templates: readonly OutdatedTemplate[],
  ): Promise<(CohortStatistics | null)[]> {
    const fresh = new Map<string, ReadonlyMap<string, TemplateStatistics>>();
    for (const tenant of new Set(templates.map((template) => template.tenant))) {
      const own = templates.filter((template) => template.tenant === tenant);
      fresh.set(tenant, await this.refreshTenant(tenant, new Set(own.map(({ id }) => id))));
    }
    return templates.map(({ tenant, id }) => fresh.get(tenant)?.get(id) ?? null);
  }

  private async refreshTenant(
    tenant: string,
    ids: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, TemplateStatistics>> {
    const stored = await this.store.getTemplates(tenant, [...ids]);
    const isOutdated = (template: StoredTemplate) => this.current(template) === null;
    const computed = await Promise.all(
      stored.filter(isOutdated).map(async ({ id, vector }) => {
        return [id, await this.compute(vector)] as const;
      }),
    );
    if (computed.length > 0) await this.store.setStatistics(tenant, new Map(computed));
    // Another matcher may have refreshed some of them already.
    const current = stored.flatMap((template) => {
      const statistics = this.current(template);
      return statistics ? [[template.id, statistics] as const] : [];
    });
    return new Map([...current, ...computed]);
  }
}
