import { type CohortStatistics } from '#shared/scoring/as-norm.js';
import { CoalescingBatcher } from '../batching/coalescing-batcher.js';
import {
  type StoredTemplate,
  type Template,
  type TemplateStatistics,
  type VectorStore,
} from '../vectors/vector-store.port.js';
import { type CohortSearch } from './cohort-search.js';

interface Outdated {
  readonly tenant: string;
  readonly id: string;
}

const MAX_BATCH = 256;

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
