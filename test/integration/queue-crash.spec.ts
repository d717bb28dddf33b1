import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { type JobEvidence } from '#shared/platform/queue/job-evidence.js';
import { type JobHandler } from '#shared/platform/queue/job-handler.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { secondGeneration } from '../support/generations.js';
import {
  readGivenUp,
  readHandled,
  startGeneration,
  type RunningGeneration,
} from '../support/start-generation.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const GOOD = 40;
const QUEUE = 'crash';

describe('a job that kills its worker', () => {
  let server: TestRedis;
  let redis: Redis;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
  });

  afterAll(async () => {
    await redis.quit();
    await server.stop();
  });

  it('fails permanently with its details after the fourth crash, and the other jobs succeed', async () => {
    const producer = new ContractProducer(secondGeneration(QUEUE), redis);
    const ids = Array.from({ length: GOOD }, (_, i) => `good-${i}`);
    const jobs = [...ids.slice(0, 10), 'poison', ...ids.slice(10)].map((id) => ({
      v: 2 as const,
      id,
      effort: 1,
      does: id === 'poison' ? ('kill' as const) : ('work' as const),
    }));
    const before = Date.now();
    await producer.addBulk(jobs);

    const died: number[] = [];
    let running: RunningGeneration | undefined;
    let over = false;
    const work = () => {
      const worker = startGeneration({ redisUrl: server.url, queue: QUEUE, lockMs: 1_000 });
      running = worker;
      worker.process.once('exit', () => {
        if (over) return;
        died.push(worker.process.pid!);
        work();
      });
    };
    work();
    try {
      await waitUntil(
        'everything to end',
        async () =>
          (await readGivenUp(redis, QUEUE)).size > 0 &&
          new Set((await readHandled(redis, QUEUE)).map(({ id }) => id)).size === GOOD &&
          (await redis.keys('sightline-queue:crash:*poison*')).length === 0,
        60_000,
        100,
      );
    } finally {
      over = true;
      await running?.stop();
      await producer.close();
    }

    const givenUp = await readGivenUp(redis, QUEUE);
    expect([...givenUp.keys()]).toEqual(['poison']);
    const { code, evidence } = givenUp.get('poison')!;
    expect(code).toBe('WORKER_CRASHED');
    expect(died).toHaveLength(4);
    expect(evidence).toMatchObject({
      job: {
        queue: QUEUE,
        name: 'crash.v2',
        id: 'poison',
        data: jobs.find(({ id }) => id === 'poison'),
        opts: { attempts: 3, priority: 0, jobId: 'poison' },
      },
      attempts: 0,
      crashes: 4,
      worker: `test@${hostname()}:${running!.process.pid}`,
      lastCrashedWorker: `test@${hostname()}:${died[3]}`,
    });
    expect(evidence.addedAt).toBeGreaterThanOrEqual(before);
  }, 120_000);

  it('once, and then fails in the ordinary way, is retried as often as its contract says', async () => {
    const queue = 'crash-once';
    const attempts = 6;
    const contract = { ...secondGeneration(queue), attempts };
    const producer = new ContractProducer(contract, redis);
    await producer.add({ v: 2, id: 'unlucky', does: 'work', effort: 1 });
    const dying = startGeneration({ redisUrl: server.url, queue, lockMs: 1_000, workMs: 60_000 });
    await waitUntil('the job to be taken', async () => (await producer.counts()).active === 1);
    const died = once(dying.process, 'exit');
    dying.process.kill('SIGKILL');
    await died;

    let runs = 0;
    const givenUp: { code: string; evidence: JobEvidence }[] = [];
    const handler: JobHandler<unknown, null> = {
      handle: () => Promise.reject(new Error(`failure ${++runs}`)),
      giveUp: (_, { code }, evidence) => {
        givenUp.push({ code, evidence });
        return Promise.resolve();
      },
    };
    const worker = new ContractWorker(contract, handler, {
      redis,
      name: 'test',
      stage: 'match',
      concurrency: 1,
      config: { JOB_LOCK_MS: 1_000, JOB_TIMEOUT_MS: 60_000 },
    });
    worker.start();
    try {
      await waitUntil('the end of the job', () => givenUp.length > 0, 30_000);
    } finally {
      await worker.close();
      await producer.close();
    }
    // Each of its failures was an ordinary one: the worker died once, not at every run.
    expect(givenUp).toHaveLength(1);
    expect(givenUp[0]).toMatchObject({ code: 'INTERNAL', evidence: { attempts, crashes: 1 } });
    expect(runs).toBe(attempts);
  }, 60_000);
});
