import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  embedImageContract,
  type EmbedImagePayload,
  type EmbedImageResult,
} from '#shared/contracts/embed-image.contract.js';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { FolderObjectStore } from '#shared/platform/storage/folder-object-store.js';
import { type ObjectStores } from '#shared/platform/storage/open-stores.js';
import { ImageAdmission } from '../../apps/ingest/src/admission/image-admission.js';
import { TenantTurns } from '../../apps/ingest/src/admission/tenant-turns.js';
import { PageAdder } from '../../apps/ingest/src/imports/add-page.js';
import { IgnoredNames } from '../../apps/ingest/src/imports/ignored-names.js';
import { ImportLease } from '../../apps/ingest/src/imports/import-lease.js';
import { ImportRepository } from '../../apps/ingest/src/imports/import-repository.js';
import { ImportRunner, WatermarkGate } from '../../apps/ingest/src/imports/import-runner.js';
import { LostImages } from '../../apps/ingest/src/imports/lost-images.js';
import { PageRepository, type PageResult } from '../../apps/ingest/src/imports/page-repository.js';
import { type PagePlan } from '../../apps/ingest/src/imports/plan-page.js';
import { type IngestConfig } from '../../apps/ingest/src/ingest.config.js';
import { numbered } from '../support/ingest-tests.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { TEST_SPACE } from '../support/test-pack.js';
import { waitUntil } from '../support/wait-until.js';

const IMPORT = { tenant: 'default', store: 'archive', prefix: '', space: TEST_SPACE };
const PLAN: PagePlan = {
  images: numbered('lease', 5).map((key) => [key, 'v1', null] as const),
  skipped: 2,
  cursor: 'lease/00004.jpg',
};
const RESULT: PageResult = {
  unfinished: PLAN.images.slice(1),
  alreadyDone: { named: 0, unknown: 1, faceless: 0, refused: 0 },
  problems: new Map([['IMAGE_EMPTY', 1]]),
  log: ['{"key":"lease/00000.jpg","outcome":"faceless"}'],
};

let server: TestRedis;
let redis: Redis;
let imports: ImportRepository;
let pages: PageRepository;
let id: string;
let leases: ImportLease[];

beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url, 'test');
  imports = new ImportRepository(redis);
  const config = { KEEP_IMPORTS_DAYS: 1, KEEP_IMPORT_LOGS_DAYS: 1 } as IngestConfig;
  pages = new PageRepository(redis, config);
});

beforeEach(async () => {
  await redis.flushall();
  leases = [];
  id = await imports.create(IMPORT);
});

afterEach(() => Promise.all(leases.map((lease) => lease.release())));

afterAll(async () => {
  await redis.quit();
  await server.stop();
});

async function acquire(): Promise<ImportLease> {
  const lease = (await ImportLease.acquire(redis, id))!;
  leases.push(lease);
  return lease;
}

/** Another process takes over because the lease was not renewed in time. */
async function takeOver(): Promise<ImportLease> {
  await redis.del(ImportLease.keyOf(id));
  return acquire();
}

/** Every key of Redis with its value and whether it expires. */
async function everything(): Promise<Map<string, unknown>> {
  const keys = (await redis.keys('*')).sort();
  const values = await Promise.all(
    keys.map(async (key) => [
      (await redis.dumpBuffer(key)).toString('hex'),
      (await redis.pttl(key)) >= 0,
    ]),
  );
  return new Map(keys.map((key, i) => [key, values[i]]));
}

describe('a runner whose lease was taken over', () => {
  it.each<[string, (lease: ImportLease) => Promise<void>]>([
    ['begins a page', (lease) => pages.begin(lease, 1, PLAN)],
    ['counts a page', (lease) => pages.commit(lease, 0, PLAN, RESULT)],
    ['reduces a page', (lease) => pages.shrink(lease, 0, PLAN.images.slice(2))],
    ['forgets a page', (lease) => pages.shrink(lease, 0, [])],
    ['notes its rate', (lease) => pages.noteRate(lease, 12)],
    ['notes that it has no rate', (lease) => pages.noteRate(lease, null)],
    ['ends the import', (lease) => pages.finish(lease)],
    ['gives the lease back', (lease) => lease.release()],
  ])('changes nothing when it %s, and knows that it is over', async (_, write) => {
    const stale = await acquire();
    await pages.begin(stale, 0, PLAN);
    await pages.noteRate(stale, 7);
    await takeOver();
    const before = await everything();
    await write(stale);
    expect(await everything()).toEqual(before);
    expect(stale.held).toBe(false);
  });

  it('stops by itself at the next renewal, and does not renew the lease of the other', async () => {
    const stale = await acquire();
    await redis.set(ImportLease.keyOf(id), 'another process', 'PX', 4_000);
    await waitUntil('the end of its lease', () => !stale.held, 5_000);
    expect(await redis.get(ImportLease.keyOf(id))).toBe('another process');
    expect(await redis.pttl(ImportLease.keyOf(id))).toBeLessThan(2_500);
  });

  it('keeps its lease as long as nobody takes it', async () => {
    const lease = await acquire();
    await redis.pexpire(ImportLease.keyOf(id), 4_000);
    await waitUntil(
      'a renewal',
      async () => (await redis.pttl(ImportLease.keyOf(id))) > 4_000,
      5_000,
    );
    expect(lease.held).toBe(true);
  });
});

describe('a page that is counted twice', () => {
  it('counts once', async () => {
    const lease = await acquire();
    await pages.begin(lease, 0, PLAN);
    await pages.commit(lease, 0, PLAN, RESULT);
    const before = await everything();
    await pages.commit(lease, 0, PLAN, RESULT);
    expect(await everything()).toEqual(before);
    const { state, counts } = (await imports.read(id))!;
    expect(state).toMatchObject({
      pages: 1,
      listed: 5,
      skipped: 2,
      alreadyDone: { unknown: 1 },
      cursor: PLAN.cursor,
    });
    expect(counts.problems).toEqual({ IMAGE_EMPTY: 1 });
  });
});

describe('a runner that loses its lease while the store lists', () => {
  let folder: string;
  let embedding: ContractProducer<EmbedImagePayload, EmbedImageResult | null>;
  let matching: ContractProducer<MatchFacesPayload, null>;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-lease-'));
    embedding = new ContractProducer(embedImageContract, redis);
    matching = new ContractProducer(matchFacesContract, redis);
    // Until they have written what BullMQ keeps about a queue.
    await Promise.all([embedding.counts(), matching.counts()]);
  });

  afterEach(async () => {
    await embedding.close();
    await matching.close();
    await rm(folder, { recursive: true });
  });

  it('claims and adds none of what it listed: the other may have listed something else', async () => {
    for (const name of ['a.jpg', 'b.jpg']) await writeFile(path.join(folder, name), name);
    const store = new FolderObjectStore(folder);
    const list = store.list.bind(store);
    let before = new Map<string, unknown>();
    store.list = async (...args) => {
      const listed = await list(...args);
      await takeOver();
      before = await everything();
      return listed;
    };
    const ledger = new OutcomeLedger(redis);
    const adder = new PageAdder(new ImageAdmission(embedding, ledger, new TenantTurns(redis)));
    const runner = new ImportRunner(
      await acquire(),
      {
        imports,
        pages,
        adder,
        lost: new LostImages(embedding, matching, ledger, pages, adder),
        stores: { get: () => store } as unknown as ObjectStores,
        gate: new WatermarkGate(() => Promise.resolve(0), 10, 5),
        ignored: new IgnoredNames([]),
        pageSize: 10,
        recheckIntervalMs: 60_000,
      },
      new AbortController().signal,
    );
    await runner.run();
    expect(before.size).toBeGreaterThan(0);
    expect(await everything()).toEqual(before);
  });
});
