import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { importDone, readImport, startImport } from '../support/api.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';
import { CrashBed } from './crash-bed.js';

const IMAGES = 40;
const READ_ONLY_MS = 4_000;
/** Locks run out meanwhile, and busy machines renew them in time otherwise. */
const JOB_LOCK_MS = '3000';

let bed: CrashBed;
let other: TestRedis;
let replica: Redis;

beforeAll(async () => {
  bed = await CrashBed.make({ JOB_LOCK_MS });
  other = await startRedis();
  replica = new Redis(other.url);
}, 60_000);

afterAll(async () => {
  replica.disconnect();
  await bed.close();
  await other.stop();
});

function inStep(primary: Redis): Promise<unknown> {
  return waitUntil('the replica to be in step', async () =>
    /^slave0:.*state=online/m.test(await primary.info('replication')),
  );
}

/** Makes `to` the primary and `from`, which keeps its connections, a read-only replica of it. */
async function failOver(from: Redis, to: Redis, toUrl: string): Promise<void> {
  await inStep(from);
  await from.call('FAILOVER', 'TO', '127.0.0.1', new URL(toUrl).port);
  await waitUntil('the failover', async () => {
    const [[mine], [theirs]] = [await from.role(), await to.role()] as [[string], [string]];
    const isLinked = (await from.info('replication')).includes('master_link_status:up');
    return mine === 'slave' && theirs === 'master' && isLinked;
  });
}

describe('a redis-server that becomes a read-only replica', () => {
  it('in the middle of an import: the import goes on by itself and every image ends once', async () => {
    const { ingest } = bed.services;
    const primary = new Redis(bed.server.url);
    await replica.replicaof('127.0.0.1', new URL(bed.server.url).port);
    await inStep(primary);
    for (let i = 0; i < IMAGES; i++) await bed.addImage(`failover-${i}.jpg`);
    const id = await startImport(ingest.url, 'archive', 'failover-');
    await waitUntil('the middle', async () => (await readImport(ingest.url, id)).counts.named > 3);

    await failOver(primary, replica, other.url);
    await expect(primary.set('test', '1')).rejects.toThrow(/^READONLY/);
    const { counts: then } = await readImport(ingest.url, id);
    await sleep(READ_ONLY_MS);
    const { counts: still } = await readImport(ingest.url, id);
    expect(still).toEqual(then);
    expect(then.named).toBeLessThan(IMAGES);
    await failOver(replica, primary, bed.server.url);
    primary.disconnect();

    const { listed, counts } = await importDone(ingest.url, id, 90_000);
    expect({ listed, ...counts }).toEqual({
      listed: IMAGES,
      named: IMAGES,
      unknown: 0,
      faceless: 0,
      refused: 0,
      failed: 0,
      cancelled: 0,
    });
    const ofImport = ({ key }: { readonly key: string }) => key.startsWith('failover-');
    const sightings = (await bed.sightings()).filter(({ image }) => ofImport(image));
    const events = (await bed.events()).filter(({ data }) => ofImport(data.image));
    expect(sightings).toHaveLength(IMAGES);
    expect(events.map(({ subject }) => subject).sort()).toEqual(
      sightings.map((one) => one.id).sort(),
    );
    await waitUntil('empty queues', async () => (await bed.jobsLeft()) === 0, 30_000);
    const posted = new Set(
      bed.receiver.requests.map(({ body }) => (JSON.parse(body) as { id: string }).id),
    );
    expect(events.filter((event) => !posted.has(event.id))).toEqual([]);
    for (const service of Object.values(bed.services)) expect(service.process.exitCode).toBeNull();
  }, 150_000);
});
