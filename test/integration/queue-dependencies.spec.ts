import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { storeDependency } from '#shared/contracts/dependency.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type QueueContract } from '#shared/contracts/queue-contract.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { QUEUE_CONFIG } from '../support/queue-config.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const payloadSchema = z.strictObject({ v: z.literal(1), id: z.string(), store: z.string() });
const CONCURRENCY = 8;
type Payload = z.infer<typeof payloadSchema>;

const base: Omit<QueueContract<Payload, null>, 'queue'> = {
  version: 1,
  payload: payloadSchema,
  older: {},
  result: z.null(),
  jobId: ({ id }) => id,
  priority: () => 0,
  attempts: 2,
  backoffMs: 10,
  keepCompleted: () => true,
  keepFailed: () => true,
};

describe('jobs', () => {
  let server: TestRedis;
  let redis: Redis;
  let contract: QueueContract<Payload, null>;
  let queues = 0;
  let producer: ContractProducer<Payload, null>;
  let worker: ContractWorker<Payload, null>;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
  });

  beforeEach(() => {
    contract = { ...base, queue: `dependencies-${++queues}` };
    producer = new ContractProducer(contract, redis);
  });

  afterEach(async () => {
    await worker.close();
    await producer.close();
  });

  afterAll(async () => {
    await redis.quit();
    await server.stop();
  });

  it('wait together for an unavailable dependency, lose no attempt, delay no other jobs, and continue afterwards', async () => {
    const unavailable = new Set(['archive']);
    const done: string[] = [];
    const givenUp: string[] = [];
    let refusals = 0;
    worker = new ContractWorker(
      contract,
      {
        needs: ({ store }) => [storeDependency(store)],
        handle: ({ id, store }) => {
          if (unavailable.has(store)) {
            refusals++;
            throw new PipelineError('STORE_UNAVAILABLE', 'gone', { stage: 'fetch', class: 'wait' });
          }
          done.push(id);
          return Promise.resolve(null);
        },
        giveUp: ({ id }) => Promise.resolve(void givenUp.push(id)),
      },
      { redis, name: 'test', stage: 'fetch', concurrency: CONCURRENCY, config: QUEUE_CONFIG },
    );
    const archive = Array.from({ length: 100 }, (_, i) => `archive-${i}`);
    const cameras = Array.from({ length: 20 }, (_, i) => `camera-${i}`);
    await producer.addBulk([
      ...archive.map((id) => ({ v: 1 as const, id, store: 'archive' })),
      ...cameras.map((id) => ({ v: 1 as const, id, store: 'cameras' })),
    ]);
    worker.start();

    await waitUntil('the cameras', () => done.length === cameras.length);
    expect(new Set(done)).toEqual(new Set(cameras));
    expect(worker.outages).toEqual([
      { dependency: storeDependency('archive'), since: expect.any(Number) },
    ]);
    // Only the jobs in progress at the start of the outage failed, and single probes after it.
    const found = refusals;
    expect(found).toBeLessThanOrEqual(CONCURRENCY);
    await waitUntil('two probes', () => refusals >= found + 2, 30_000);
    expect(refusals).toBeLessThan(2 * CONCURRENCY);

    unavailable.clear();
    await waitUntil('the archive', () => done.length === archive.length + cameras.length, 60_000);
    expect(worker.outages).toEqual([]);
    expect(new Set(done).size).toBe(archive.length + cameras.length);
    expect(givenUp).toEqual([]);
  }, 120_000);

  it('are retried when their handler exceeds the time limit', async () => {
    let runs = 0;
    worker = new ContractWorker(
      contract,
      {
        handle: () => (runs++ === 0 ? new Promise<null>(() => undefined) : Promise.resolve(null)),
        giveUp: () => Promise.resolve(),
      },
      {
        redis,
        name: 'test',
        stage: 'fetch',
        concurrency: 1,
        config: { ...QUEUE_CONFIG, JOB_TIMEOUT_MS: 1_500 },
      },
    );
    worker.start();
    await producer.add({ v: 1, id: 'endless', store: 'archive' });
    await waitUntil('the second run', async () => runs === 2 && (await producer.backlog()) === 0);
  });

  it('remain on the queue until their failure can be recorded', async () => {
    let tries = 0;
    worker = new ContractWorker(
      contract,
      {
        handle: () => {
          throw new PipelineError('BROKEN', 'broken', { stage: 'fetch', class: 'quarantine' });
        },
        giveUp: () => {
          if (++tries === 1) throw new Error('the ledger is unavailable');
          return Promise.resolve();
        },
      },
      { redis, name: 'test', stage: 'fetch', concurrency: 1, config: QUEUE_CONFIG },
    );
    worker.start();
    await producer.add({ v: 1, id: 'broken', store: 'archive' });
    await waitUntil('the failure to be recorded', () => tries === 2);
    await waitUntil('its end', async () => !(await producer.holds(['broken']))[0]);
  });
});
