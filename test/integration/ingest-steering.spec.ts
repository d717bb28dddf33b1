import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { importsHttp, type ImportView } from '#shared/contracts/http/imports.http.js';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
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
import { waitUntil } from '../support/wait-until.js';

const HIGH = 40;
const LOW = 15;
const PAGE = 10;

let bed: IngestBed;
let ingest: TestIngest;
let queue: ContractProducer<EmbedImagePayload, unknown>;

beforeAll(async () => {
  bed = await IngestBed.make();
  ingest = await bed.start({
    HIGH_WATER: String(HIGH),
    LOW_WATER: String(LOW),
    PAGE_SIZE: String(PAGE),
    RECHECK_INTERVAL_MS: '500',
  });
  queue = new ContractProducer(embedImageContract, bed.redis);
});

afterAll(async () => {
  await queue.close();
  await bed.close();
});

async function change(id: string, action: string): Promise<ImportView> {
  const answer = await ingest.call('POST', `/v1/imports/${id}/${action}`);
  expect(answer.status).toBe(200);
  return importsHttp.read.response.parse(answer.body);
}

/** Starts an import without an embedder, so that listing stops when the queue reaches its upper limit. */
async function importHeldBack(prefix: string): Promise<string> {
  const { id } = await startImport(ingest, prefix);
  await waitUntil('the queue to be full', async () => (await queue.backlog()) >= HIGH);
  return id;
}

describe('an import', () => {
  it('stops listing at the upper limit of the queue, and continues at the lower limit', async () => {
    await bed.fill(numbered('marks', 300));
    const { id } = await startImport(ingest, 'marks/');
    const depths: number[] = [];
    const pipeline = new StandInPipeline(bed.redis, { concurrency: 2, delayMs: 3 });
    await waitUntil('the import to end', async () => {
      depths.push(await queue.backlog());
      return (await readImport(ingest, id)).finishedAt !== null;
    });
    await pipeline.close();
    expect(Math.max(...depths)).toBeGreaterThanOrEqual(HIGH - PAGE);
    expect(Math.max(...depths)).toBeLessThan(HIGH + PAGE);
    expect(await readImport(ingest, id)).toMatchObject({ status: 'done', listed: 300 });
  });

  it('lists nothing while it is paused, does not block other imports, and continues where it stopped', async () => {
    await bed.fill(numbered('paused', 120));
    await bed.fill(numbered('beside', 30));
    const id = await importHeldBack('paused/');
    expect(await change(id, 'pause')).toMatchObject({ status: 'paused' });
    const { listed } = await readImport(ingest, id);
    expect(listed).toBeLessThan(120);
    const pipeline = new StandInPipeline(bed.redis);
    const beside = await importOver(ingest, (await startImport(ingest, 'beside/')).id);
    expect(beside).toMatchObject({ status: 'done', listed: 30, counts: { unknown: 30 } });
    expect(await readImport(ingest, id)).toMatchObject({
      status: 'paused',
      listed,
      pending: listed,
      secondsLeft: null,
    });
    expect(pipeline.taken.filter((key) => key.startsWith('paused/'))).toEqual([]);
    expect(await change(id, 'resume')).toMatchObject({ status: 'listing' });
    const over = await importOver(ingest, id);
    await pipeline.close();
    expect(over).toMatchObject({ status: 'done', listed: 120, counts: { unknown: 120 } });
  });

  it('drops its queued images when it is cancelled, and counts them as cancelled', async () => {
    await bed.fill(numbered('cancelled', 120));
    const id = await importHeldBack('cancelled/');
    expect(await change(id, 'cancel')).toMatchObject({ status: 'cancelled' });
    const pipeline = new StandInPipeline(bed.redis);
    const over = await importOver(ingest, id);
    expect(over.status).toBe('cancelled');
    expect(over.listed).toBeGreaterThanOrEqual(HIGH);
    expect(over.listed).toBeLessThan(120);
    expect(over.counts.cancelled).toBe(over.listed);
    expect(pipeline.taken).toEqual([]);
    expect(await change(id, 'cancel')).toMatchObject({ status: 'cancelled' });
    const again = await importOver(ingest, (await startImport(ingest, 'cancelled/')).id);
    await pipeline.close();
    expect(again).toMatchObject({ status: 'done', listed: 120, counts: { unknown: 120 } });
  });

  it('does not cancel images that another import also waits for', async () => {
    await bed.fill(numbered('shared', 20));
    const first = await startImport(ingest, 'shared/');
    const second = await startImport(ingest, 'shared/');
    await waitUntil('both to be listed', async () =>
      [await readImport(ingest, first.id), await readImport(ingest, second.id)].every(
        ({ status }) => status === 'running',
      ),
    );
    await change(first.id, 'cancel');
    const pipeline = new StandInPipeline(bed.redis);
    const cancelled = await importOver(ingest, first.id);
    const other = await importOver(ingest, second.id);
    await pipeline.close();
    expect(cancelled).toMatchObject({ status: 'cancelled', counts: { cancelled: 20 } });
    expect(other).toMatchObject({ status: 'done', counts: { unknown: 20, cancelled: 0 } });
  });

  it('adds jobs again that are missing from the queue', async () => {
    await bed.fill(numbered('lost', 20));
    const { id } = await startImport(ingest, 'lost/');
    await waitUntil('the images to be queued', async () => (await queue.backlog()) === 20);
    const keys = await bed.redis.keys('sightline-queue:embed-image:*');
    await bed.redis.del(...keys.filter((key) => !key.endsWith(':meta')));
    const pipeline = new StandInPipeline(bed.redis);
    const over = await importOver(ingest, id);
    await pipeline.close();
    expect(over).toMatchObject({ status: 'done', listed: 20, counts: { unknown: 20 } });
  });

  it('waits for an unavailable store, reports the reason, and continues when the store is available again', async () => {
    await bed.fill(numbered('unavailable', 5));
    const archive = path.join(bed.folder, 'archive');
    await rename(archive, `${archive}-unmounted`);
    const { id } = await startImport(ingest, 'unavailable/');
    const waiting = await waitUntil('the reason', async () => {
      const view = await readImport(ingest, id);
      return view.error && view;
    });
    expect(waiting).toMatchObject({ status: 'listing', error: { code: 'STORE_UNAVAILABLE' } });
    expect((await ingest.call('GET', '/health/ready')).status).toBe(503);
    await rename(`${archive}-unmounted`, archive);
    const pipeline = new StandInPipeline(bed.redis);
    const over = await importOver(ingest, id);
    await pipeline.close();
    expect(over).toMatchObject({ status: 'done', listed: 5, error: null });
  });

  it('reports its speed and the remaining time', async () => {
    await bed.fill(numbered('timed', 39));
    const pipeline = new StandInPipeline(bed.redis, { concurrency: 1, delayMs: 100 });
    const { id } = await startImport(ingest, 'timed/');
    const view = await waitUntil('a forecast', async () => {
      const now = await readImport(ingest, id);
      return now.secondsLeft !== null && now.secondsLeft > 0 && now;
    });
    expect(view.imagesPerSecond).toBeGreaterThan(2);
    expect(view.imagesPerSecond).toBeLessThan(11);
    expect(view.secondsLeft).toBeCloseTo(view.pending / view.imagesPerSecond!, -1);
    await importOver(ingest, id);
    await pipeline.close();
  });
});

describe('an ingest process that is stopped', () => {
  it('finishes the page in progress, exits with code 0, and continues the import after a restart', async () => {
    await mkdir(path.join(bed.folder, 'archive', 'stopped'), { recursive: true });
    await bed.fill(numbered('stopped', 100));
    const id = await importHeldBack('stopped/');
    expect(await ingest.stop()).toBe(0);
    const pipeline = new StandInPipeline(bed.redis);
    ingest = await bed.start({ PAGE_SIZE: String(PAGE) });
    const over = await importOver(ingest, id);
    await pipeline.close();
    expect(over).toMatchObject({ status: 'done', listed: 100, counts: { unknown: 100 } });
    expect(accounted(over)).toBe(100);
  });
});
