import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { ImageAdmission } from '../../apps/ingest/src/admission/image-admission.js';
import { TenantTurns } from '../../apps/ingest/src/admission/tenant-turns.js';
import { idOf, PageAdder } from '../../apps/ingest/src/imports/add-page.js';
import { ImportLease } from '../../apps/ingest/src/imports/import-lease.js';
import { ImportRepository } from '../../apps/ingest/src/imports/import-repository.js';
import { PageRepository } from '../../apps/ingest/src/imports/page-repository.js';
import { type PlannedImage } from '../../apps/ingest/src/imports/plan-page.js';
import { type IngestConfig } from '../../apps/ingest/src/ingest.config.js';
import {
  accounted,
  importOver,
  IngestBed,
  numbered,
  readImport,
  startImport,
  type TestIngest,
} from '../support/ingest-tests.js';
import { StandInPipeline } from '../support/stand-in-pipeline.js';
import { TEST_SPACE } from '../support/test-pack.js';
import { waitUntil } from '../support/wait-until.js';

const SETTINGS = { PAGE_SIZE: '20', HIGH_WATER: '100', LOW_WATER: '60' };

let bed: IngestBed;
let pipeline: StandInPipeline;

beforeEach(async () => {
  bed = await IngestBed.make();
  pipeline = new StandInPipeline(bed.redis, { concurrency: 4, delayMs: 1 });
});

afterEach(async () => {
  await pipeline.close();
  await bed.close();
});

const STEPS = { tenant: 'default', store: 'archive', prefix: 'steps/', space: TEST_SPACE };

function importParts(redis: Redis) {
  const ledger = new OutcomeLedger(redis);
  const producer = new ContractProducer(embedImageContract, redis);
  const adder = new PageAdder(new ImageAdmission(producer, ledger, new TenantTurns(redis)));
  const config = { KEEP_IMPORTS_DAYS: 1, KEEP_IMPORT_LOGS_DAYS: 1 } as IngestConfig;
  const imports = new ImportRepository(redis);
  return { imports, pages: new PageRepository(redis, config), adder, ledger };
}

async function finish(ledger: OutcomeLedger, image: PlannedImage): Promise<void> {
  const done = { imageId: idOf(STEPS, image), tenant: STEPS.tenant, key: image[0] };
  await ledger.finish({ ...done, outcome: 'unknown', faces: 1, events: [] });
}

async function untilListed(ingest: TestIngest, id: string, count: number): Promise<void> {
  await waitUntil(`${count} listed`, async () => (await readImport(ingest, id)).listed >= count);
}

describe('an import whose ingest is killed', () => {
  it('counts every image once after several kills, even if the store changes meanwhile', async () => {
    const keys = numbered('crash', 2000);
    await bed.fill(keys);
    let ingest = await bed.start(SETTINGS);
    const { id } = await startImport(ingest, 'crash/');
    const archive = path.join(bed.folder, 'archive');
    for (const listed of [200, 800]) {
      await untilListed(ingest, id, listed);
      await ingest.kill();
      // Some of the listed objects are deleted or replaced before the import continues.
      for (const key of keys.slice(listed - 40, listed)) await rm(path.join(archive, key));
      for (const key of keys.slice(listed, listed + 100)) {
        await writeFile(path.join(archive, key), `${key} changed`);
      }
      ingest = await bed.start(SETTINGS);
    }
    const over = await importOver(ingest, id, 60_000);
    expect(over.status).toBe('done');
    expect(accounted(over)).toBe(over.listed);
    expect(over.counts.unknown).toBe(over.listed);
    // Deleted objects were listed before. Changed ones may be listed in their old or their new version.
    expect(over.listed).toBeGreaterThanOrEqual(2000 - 2 * 40);
    expect(over.listed).toBeLessThanOrEqual(2000);
    expect(pipeline.taken.length).toBeGreaterThanOrEqual(over.listed);
    expect(await bed.redis.keys('sightline:import:*:pages')).toEqual([]);
  }, 120_000);

  it.each(['begun', 'claimed', 'added', 'partly finished'])(
    'counts a page exactly when ingest is killed after the page was %s',
    async (step) => {
      await pipeline.close();
      const images = numbered('steps', 30).map((key) => [key, 'v1', null] as const);
      const { imports, pages, adder, ledger } = importParts(bed.redis);
      await ledger.claim('999', [idOf(STEPS, images[0]!)]);
      await finish(ledger, images[0]!);
      const id = await imports.create(STEPS);
      const lease = (await ImportLease.acquire(bed.redis, id))!;
      const skippedObjects = ['a.mp4', 'b.mp4', 'c.txt'].map(
        (key) => [key, key.endsWith('.mp4') ? 'video' : 'not-an-image'] as const,
      );
      await pages.begin(lease, 0, { images, skipped: 3, skippedObjects, cursor: null });
      const { state } = (await imports.read(id))!;
      if (step === 'claimed') {
        await ledger.claim(
          id,
          images.map((image) => idOf(state, image)),
        );
      } else if (step !== 'begun') await adder.add(state, images);
      if (step === 'partly finished') {
        for (const image of images.slice(0, 12)) await finish(ledger, image);
      }
      await lease.release();
      // The store has none of these objects. Ingest must finish the page from its plan in Redis.
      const ingest = await bed.start(SETTINGS);
      pipeline = new StandInPipeline(bed.redis);
      const over = await importOver(ingest, id);
      expect(over).toMatchObject({
        status: 'done',
        listed: 33,
        skipped: 3,
        skippedBy: { video: 2, 'not-an-image': 1 },
        counts: { unknown: 29 },
        alreadyDone: { unknown: 1 },
      });
      expect(accounted(over)).toBe(30);
    },
  );

  it('is taken over by another ingest process', async () => {
    await bed.fill(numbered('replicas', 600));
    const first = await bed.start(SETTINGS);
    const second = await bed.start(SETTINGS);
    const { id } = await startImport(first, 'replicas/');
    await untilListed(second, id, 100);
    await first.kill();
    const over = await importOver(second, id, 40_000);
    expect(over).toMatchObject({ status: 'done', listed: 600, counts: { unknown: 600 } });
    expect(pipeline.taken).toHaveLength(600);
  }, 60_000);
});
