import { type Redis } from 'ioredis';
import { ImportLease } from '../../apps/ingest/src/imports/import-lease.js';
import { PageRepository } from '../../apps/ingest/src/imports/page-repository.js';
import { type PagePlan } from '../../apps/ingest/src/imports/plan-page.js';
import { ingestConfigSchema } from '../../apps/ingest/src/ingest.config.js';

export type PlannedPage = PagePlan;

/** Writes the plans of an import's pages to Redis, as ingest does before it adds a page's jobs. */
export async function planPages(
  redis: Redis,
  importId: string,
  plans: readonly PlannedPage[],
): Promise<void> {
  const config = ingestConfigSchema.parse({
    REDIS_URL: 'redis://unused',
    STORES: 'uploads=file:///unused',
  });
  const pages = new PageRepository(redis, config);
  const lease = await ImportLease.acquire(redis, importId);
  if (!lease) throw new Error('another process holds the lease of the import');
  for (const [page, plan] of plans.entries()) await pages.begin(lease, page, plan);
  await lease.release();
}
