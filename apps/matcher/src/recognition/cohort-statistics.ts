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
  type VectorStore,
  type StoredTemplate,
  type Template,
  type TemplateStatistics,
} from '../vectors/vector-store.port.js';

const MAX_BATCH = 256;
/** A person is hardly ever in a cohort more often than that. */
const SELVES = 4;

/** How alike the cohort's strangers are to faces; concurrent questions go to the store together. */
export class CohortSearch {
  /** Which cohort, and how statistics are taken. */
  readonly normalisation: string;
  private readonly questions: CoalescingBatcher<Float32Array, CohortStatistics>;

  constructor(
    private readonly store: Pick<VectorStore, 'putCohort' | 'searchCohort'>,
    private readonly cohort: Cohort,
    private readonly settings: NormalisationSettings,
  ) {
    const { top, samePerson, deviation } = settings;
    this.normalisation = [cohort.sha256, top, samePerson, deviation].join('/');
    this.questions = new CoalescingBatcher((vectors) => this.answer(vectors), MAX_BATCH);
  }

  statistics(vector: Float32Array): Promise<CohortStatistics> {
    return this.questions.add(vector);
  }

  private async answer(vectors: readonly Float32Array[]): Promise<CohortStatistics[]> {
    const { top, samePerson } = this.settings;
    const limit = Math.min(top + SELVES, this.cohort.vectors.length);
    const found = await this.search(vectors.map((vector) => ({ vector, limit })));
    const enough = (similarities: readonly number[]) =>
      similarities.filter((similarity) => similarity < samePerson).length >= top;
    const short = vectors.filter((_, i) => !enough(found[i]!));
    const whole = await this.searchWhole(limit, short);
    return vectors.map((vector, i) =>
      statisticsOfAny(whole.get(vector) ?? found[i]!, this.settings),
    );
  }

  /** All similarities of those who have too many of themselves among the best. */
  private async searchWhole(
    limit: number,
    vectors: readonly Float32Array[],
  ): Promise<ReadonlyMap<Float32Array, number[]>> {
    const size = this.cohort.vectors.length;
    if (limit === size || vectors.length === 0) return new Map();
    const found = await this.search(vectors.map((vector) => ({ vector, limit: size })));
    return new Map(vectors.map((vector, i) => [vector, found[i]!]));
  }

  /** A matcher that runs on another cohort takes this one away while the pack is being replaced. */
  private async search(queries: readonly CohortQuery[]): Promise<number[][]> {
    const found = await this.store.searchCohort(this.cohort.sha256, queries);
    if (isWhole(found, queries)) return found;
    await this.store.putCohort(this.cohort);
    const again = await this.store.searchCohort(this.cohort.sha256, queries);
    if (isWhole(again, queries)) return again;
    throw storeUnavailable(
      'the cohort is not in the vector store; run all matchers with the same MODEL_PACK and calibration',
    );
  }
}

function isWhole(found: readonly (readonly number[])[], queries: readonly CohortQuery[]): boolean {
  return queries.every(({ limit }, i) => found[i]?.length === limit);
}

interface Outdated {
  readonly tenant: string;
  readonly id: string;
}

/**
 * Statistics of templates. They are taken when a face is enrolled; after a new calibration those of
 * the old cohort are taken again the first time that they are needed, and stored.
 */
export class TemplateStatisticsKeeper {
  private readonly outdated: CoalescingBatcher<Outdated, CohortStatistics | null>;

  constructor(
    private readonly store: Pick<VectorStore, 'getTemplates' | 'setStatistics'>,
    private readonly cohort: CohortSearch,
  ) {
    this.outdated = new CoalescingBatcher((templates) => this.refresh(templates), MAX_BATCH);
  }

  /** Of a face that is being enrolled. */
  async take(vector: Float32Array): Promise<TemplateStatistics> {
    const { normalisation } = this.cohort;
    return { normalisation, ...(await this.cohort.statistics(vector)) };
  }

  /** By template id; a template that is gone by now is left out. */
  async of(templates: readonly Template[]): Promise<Map<string, CohortStatistics>> {
    const entries = await Promise.all(
      templates.map(async (template) => {
        const { tenant, id } = template;
        const found = this.current(template) ?? (await this.outdated.add({ tenant, id }));
        return found ? [[id, found] as const] : [];
      }),
    );
    return new Map(entries.flat());
  }

  private current({ statistics }: Template): TemplateStatistics | null {
    return statistics?.normalisation === this.cohort.normalisation ? statistics : null;
  }

  private async refresh(templates: readonly Outdated[]): Promise<(CohortStatistics | null)[]> {
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
    const taken = await Promise.all(
      stored.filter(isOutdated).map(async ({ id, vector }) => {
        return [id, await this.take(vector)] as const;
      }),
    );
    if (taken.length > 0) await this.store.setStatistics(tenant, new Map(taken));
    const kept = stored.flatMap((template) => {
      const statistics = this.current(template);
      return statistics ? [[template.id, statistics] as const] : [];
    });
    return new Map([...kept, ...taken]);
  }
}
