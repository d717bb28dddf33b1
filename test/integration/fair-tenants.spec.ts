import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { type ImportView } from '#shared/contracts/http/imports.http.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { TenantTurns } from '../../apps/ingest/src/admission/tenant-turns.js';
import { callApi } from '../support/call-api.js';
import { IngestBed, numbered, type TestIngest } from '../support/ingest-tests.js';
import { StandInPipeline } from '../support/stand-in-pipeline.js';
import { waitUntil } from '../support/wait-until.js';

const KEYS = { a: 'key-of-tenant-a-0123', b: 'key-of-tenant-b-0123' };
const API_KEYS = Object.entries(KEYS)
  .map(([tenant, key]) => `${key}:${tenant}`)
  .join(',');
const HIGH = 1_000;
const LOW = 200;
const PAGE = 100;

type Tenant = keyof typeof KEYS;

let bed: IngestBed;
let ingest: TestIngest;
let queue: ContractProducer<EmbedImagePayload, unknown>;
let pipeline: StandInPipeline | undefined;

beforeAll(async () => {
  bed = await IngestBed.make();
  const marks = { HIGH_WATER: String(HIGH), LOW_WATER: String(LOW), PAGE_SIZE: String(PAGE) };
  ingest = await bed.start({ API_KEYS, ...marks });
  queue = new ContractProducer(embedImageContract, bed.redis);
});

afterEach(async () => {
  await pipeline?.close();
  pipeline = undefined;
});

afterAll(async () => {
  await queue.close();
  await bed.close();
});

async function call(tenant: Tenant, method: string, route: string, body?: unknown) {
  const headers = { authorization: `Bearer ${KEYS[tenant]}` };
  return (await callApi(ingest.url, method, route, body, headers)).body as ImportView;
}

async function start(tenant: Tenant, prefix: string): Promise<string> {
  return (await call(tenant, 'POST', '/v1/imports', { store: 'archive', prefix })).id;
}

const read = (tenant: Tenant, id: string) => call(tenant, 'GET', `/v1/imports/${id}`);

async function listed(tenant: Tenant, id: string, count: number): Promise<void> {
  await waitUntil(
    `${count} images of ${tenant}`,
    async () => (await read(tenant, id)).listed >= count,
  );
}

async function over(tenant: Tenant, id: string): Promise<ImportView> {
  return waitUntil(
    `the import of ${tenant}`,
    async () => {
      const view = await read(tenant, id);
      return view.finishedAt !== null && view;
    },
    45_000,
  );
}

describe('imports of two tenants', () => {
  it('take turns: few images do not wait for many that were first', async () => {
    await bed.fill(numbered('first/a', 731));
    await bed.fill(numbered('first/b', 5));
    const a = await start('a', 'first/a/');
    await listed('a', a, 731);
    const b = await start('b', 'first/b/');
    await listed('b', b, 5);
    const slow = new StandInPipeline(bed.redis, { concurrency: 1 });
    expect(await over('b', b)).toMatchObject({ status: 'done', counts: { unknown: 5 } });
    await slow.close();
    // Two turns of four images for each of the two.
    expect(slow.taken.findLastIndex((key) => key.startsWith('first/b/'))).toBeLessThan(16);
    pipeline = new StandInPipeline(bed.redis);
    expect(await over('a', a)).toMatchObject({ status: 'done', counts: { unknown: 731 } });
    expect(slow.taken.length + pipeline.taken.length).toBe(736);
  });

  it('share the workers from the moment when the second one comes', async () => {
    await bed.fill(numbered('second/a', 600));
    await bed.fill(numbered('second/b', 100));
    const a = await start('a', 'second/a/');
    await listed('a', a, 600);
    pipeline = new StandInPipeline(bed.redis, { concurrency: 1, delayMs: 2 });
    const { taken } = pipeline;
    await waitUntil('some images of a', () => taken.length > 100);
    const b = await start('b', 'second/b/');
    await over('b', b);
    await over('a', a);
    const ofB = (key: string) => key.startsWith('second/b/');
    const together = taken.slice(taken.findIndex(ofB), taken.findLastIndex(ofB) + 1);
    expect(together.length).toBeGreaterThan(180);
    expect(together.length).toBeLessThan(220);
  });

  it('are both admitted, also when one has filled the queue', async () => {
    await bed.fill(numbered('full/a', 1_500));
    await bed.fill(numbered('full/b', 300));
    const a = await start('a', 'full/a/');
    await waitUntil('the queue to be full', async () => (await queue.backlog()) >= HIGH);
    const b = await start('b', 'full/b/');
    await listed('b', b, PAGE);
    const depths: number[] = [];
    pipeline = new StandInPipeline(bed.redis, { concurrency: 4 });
    const { taken } = pipeline;
    await waitUntil('the import of b', async () => {
      depths.push(await queue.backlog());
      return (await read('b', b)).finishedAt !== null;
    });
    const before = taken.filter((key) => key.startsWith('full/a/')).length;
    // The share of a low mark is the most that a tenant adds beyond the high mark, but for the page in hand.
    expect(Math.max(...depths)).toBeLessThan(HIGH + LOW / 2 + 2 * PAGE);
    expect(before).toBeLessThan(1_000);
    expect(await over('a', a)).toMatchObject({ status: 'done', counts: { unknown: 1_500 } });
    expect(taken).toHaveLength(1_800);
  }, 60_000);
});

describe('the turns', () => {
  const TURNS = 'sightline:turns:embed-image';
  const WAITING = 'sightline-queue:embed-image:prioritized';
  const PRIORITY = 2 ** 32;

  afterEach(() => bed.redis.del(TURNS, WAITING));

  it('begin for a tenant who comes later with the one that is served, and never earlier', async () => {
    const turns = new TenantTurns(bed.redis);
    await bed.redis.del(TURNS);
    expect(await turns.take('a', 6)).toEqual([1, 1, 1, 1, 2, 2]);
    await bed.redis.zadd(WAITING, 51 * PRIORITY + 7, 'job');
    expect(await turns.take('b', 2)).toEqual([51, 51]);
    // A job that is tried again comes back with its old turn.
    await bed.redis.zadd(WAITING, 2 * PRIORITY + 9, 'old');
    expect(await turns.take('c', 2)).toEqual([51, 51]);
    expect(await turns.take('b', 3)).toEqual([51, 51, 52]);
  });

  it('begin anew when they are used up and the queue is empty', async () => {
    const turns = new TenantTurns(bed.redis);
    await bed.redis.hset(TURNS, '#now', 1_999_999);
    await bed.redis.zadd(WAITING, 2_000_000 * PRIORITY + 7, 'job');
    await expect(turns.take('a', 100)).rejects.toMatchObject({
      code: 'TURNS_USED_UP',
      class: 'wait',
    });
    await bed.redis.del(WAITING);
    expect((await turns.take('a', 100)).slice(0, 5)).toEqual([1, 1, 1, 1, 2]);
  });
});
