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

describe('jobs with an unavailable dependency', () => {
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

  it('wait together, lose no attempt, delay no other jobs, and continue when it is available again', async () => {
    const away = new Set(['archive']);
    const done: string[] = [];
    const givenUp: string[] = [];
    let refusals = 0;
    worker = new ContractWorker(
      contract,
      {
        needs: ({ store }) => [storeDependency(store)],
        handle: ({ id, store }) => {
          if (away.has(store)) {
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
    // The jobs that were active when the outage began, and single probes since.
    const found = refusals;
    expect(found).toBeLessThanOrEqual(CONCURRENCY);
    await waitUntil('two probes', () => refusals >= found + 2, 30_000);
    expect(refusals).toBeLessThan(2 * CONCURRENCY);

    away.clear();
    await waitUntil('the archive', () => done.length === archive.length + cameras.length, 60_000);
    expect(worker.outages).toEqual([]);
    expect(new Set(done).size).toBe(archive.length + cameras.length);
    expect(givenUp).toEqual([]);
  }, 120_000);

  it('gives up the slot of a handler that never ends, and tries the job again', async () => {
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

  it('keeps a job that cannot be given up until it can', async () => {
    let tries = 0;
    worker = new ContractWorker(
      contract,
      {
        handle: () => {
          throw new PipelineError('BROKEN', 'broken', { stage: 'fetch', class: 'quarantine' });
        },
        giveUp: () => {
          if (++tries === 1) throw new Error('the ledger is away');
          return Promise.resolve();
        },
      },
      { redis, name: 'test', stage: 'fetch', concurrency: 1, config: QUEUE_CONFIG },
    );
    worker.start();
    await producer.add({ v: 1, id: 'broken', store: 'archive' });
    await waitUntil('it to be given up', () => tries === 2);
    await waitUntil('its end', async () => !(await producer.holds(['broken']))[0]);
  });
});
