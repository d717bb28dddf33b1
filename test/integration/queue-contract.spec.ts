import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { PipelineError, type ErrorClass } from '#shared/contracts/pipeline-error.js';
import { lanePriority, LANES, type QueueContract } from '#shared/contracts/queue-contract.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { PostponeJob, type JobHandler } from '#shared/platform/queue/job-handler.js';
import { connectRedis, QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { QUEUE_CONFIG } from '../support/queue-config.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const payloadSchema = z.strictObject({
  id: z.string(),
  lane: z.enum(LANES).default('archive'),
  deadline: z.number().optional(),
});
type Payload = z.output<typeof payloadSchema>;

const ATTEMPTS = 3;

function contract(queue: string): QueueContract<Payload, string> {
  return {
    queue,
    version: 1,
    payload: payloadSchema,
    older: {},
    result: z.string(),
    jobId: ({ id }) => id,
    priority: ({ lane }) => lanePriority(lane),
    attempts: ATTEMPTS,
    backoffMs: 10,
    keepCompleted: () => ({ age: 60, count: 100 }),
    keepFailed: () => ({ age: 60, count: 100 }),
  };
}

function failure(code: string, errorClass: ErrorClass, httpStatus = 500): PipelineError {
  return new PipelineError(code, `because of ${code}`, {
    stage: 'decode',
    class: errorClass,
    httpStatus,
  });
}

describe('queue contract', () => {
  let server: TestRedis;
  let redis: Redis;
  let producer: ContractProducer<Payload, string>;
  let queue: Queue;
  let name: string;
  let workers: ContractWorker<Payload, string>[] = [];
  let handled: string[];
  let givenUp: [string, string][];
  let queues = 0;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url, 'test');
  });

  beforeEach(() => {
    name = `test-${++queues}`;
    producer = new ContractProducer(contract(name), redis);
    queue = new Queue(name, { connection: redis, prefix: QUEUE_PREFIX });
    handled = [];
    givenUp = [];
  });

  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.close()));
    workers = [];
    await producer.close();
    await queue.close();
  });

  afterAll(async () => {
    await redis.quit();
    await server.stop();
  });

  /** Starts a worker whose handler returns the result of `answer`. */
  function work(
    answer: (payload: Payload) => string | Promise<string> = ({ id }) => `did ${id}`,
    concurrency = 1,
  ): ContractWorker<Payload, string> {
    const handler: JobHandler<Payload, string> = {
      handle: async (payload) => {
        handled.push(payload.id);
        return answer(payload);
      },
      giveUp: ({ id }, { code }) => {
        givenUp.push([id, code]);
        return Promise.resolve();
      },
    };
    const options = {
      redis,
      name: 'test',
      stage: 'match',
      concurrency,
      config: QUEUE_CONFIG,
    } as const;
    const worker = new ContractWorker(contract(name), handler, options);
    workers.push(worker);
    worker.start();
    return worker;
  }

  const job = (id: string, rest: Partial<Payload> = {}): Payload => ({
    id,
    lane: 'archive',
    ...rest,
  });

  async function failedReason(id: string): Promise<string> {
    return waitUntil(`failure of ${id}`, async () => {
      const found = await queue.getJob(id);
      return (await found?.isFailed()) ? found?.failedReason : null;
    });
  }

  it('does not put an invalid payload on the queue', async () => {
    await expect(producer.add({ id: 7 } as unknown as Payload)).rejects.toThrow(z.ZodError);
    const mixed = [job('good'), { id: 7 } as unknown as Payload];
    await expect(producer.addBulk(mixed)).rejects.toThrow();
    expect(await producer.backlog()).toBe(0);
  });

  it('fails a job with an invalid payload at once, with the reason, without calling the handler', async () => {
    await queue.add('test.v1', { id: 7, extra: true }, { jobId: 'bad', attempts: ATTEMPTS });
    work();
    expect(await failedReason('bad')).toMatch(/^PAYLOAD_INVALID .* id: /);
    expect((await queue.getJob('bad'))?.attemptsMade).toBe(1);
    expect([handled, givenUp]).toEqual([[], []]);
  });

  it('adds one job for a payload that is added twice', async () => {
    await producer.addBulk([job('a'), job('a'), job('b')]);
    await producer.add(job('a'));
    expect(await producer.backlog()).toBe(2);
    work();
    await waitUntil('both', async () => (await producer.backlog()) === 0 && handled.length === 2);
    expect(handled).toEqual(['a', 'b']);
  });

  it('retries a job up to the attempts of its contract, then reports its failure once', async () => {
    work(() => {
      throw failure('BUSY', 'retry');
    });
    await producer.add(job('a'));
    expect(await failedReason('a')).toBe('BUSY [decode/retry/500] because of BUSY');
    expect(handled).toHaveLength(ATTEMPTS);
    expect(givenUp).toEqual([['a', 'BUSY']]);
  });

  it('retries after an unexpected error with the code INTERNAL', async () => {
    work(() => {
      throw new TypeError('x is not a function');
    });
    await producer.add(job('a'));
    expect(await failedReason('a')).toBe('INTERNAL [match/retry/500] x is not a function');
    expect(handled).toHaveLength(ATTEMPTS);
  });

  it('fails a job at once on an error that a retry cannot fix', async () => {
    work(() => {
      throw failure('BROKEN', 'quarantine');
    });
    await producer.add(job('a'));
    expect(await failedReason('a')).toContain('BROKEN');
    expect(handled).toEqual(['a']);
    expect(givenUp).toEqual([['a', 'BROKEN']]);
  });

  it('lets a job wait for an unavailable dependency without counting an attempt', async () => {
    work(() => {
      if (handled.length === 1) throw failure('STORE_DOWN', 'wait');
      return 'done';
    });
    await producer.add(job('a'));
    await waitUntil('end', async () => (await queue.getJob('a'))?.isCompleted());
    expect(handled).toEqual(['a', 'a']);
    expect((await queue.getJob('a'))?.attemptsMade).toBe(1);
    expect(givenUp).toEqual([]);
  });

  it('postpones a job without counting attempts', async () => {
    work(() => {
      if (handled.length <= 2 * ATTEMPTS) throw new PostponeJob(1, 'not yet');
      return 'done';
    });
    await producer.add(job('a'));
    await waitUntil('end', async () => (await queue.getJob('a'))?.isCompleted());
    expect(handled).toHaveLength(2 * ATTEMPTS + 1);
    expect(givenUp).toEqual([]);
  });

  it('processes live jobs before archive jobs, and each lane in order', async () => {
    await producer.addBulk(['a1', 'a2', 'a3'].map((id) => job(id)));
    await producer.addBulk(['l1', 'l2'].map((id) => job(id, { lane: 'live' })));
    work();
    await waitUntil('all', () => handled.length === 5);
    expect(handled).toEqual(['l1', 'l2', 'a1', 'a2', 'a3']);
  });

  it('runs a failed job again when it is added again', async () => {
    work(() => {
      if (handled.length === 1) throw failure('BROKEN', 'quarantine');
      return 'done';
    });
    const once = new ContractProducer({ ...contract(name), keepFailed: () => true }, redis);
    await once.add(job('a'));
    await waitUntil('its end', async () => givenUp.length === 1 && !(await queue.getJob('a')));
    await once.add(job('a'));
    await waitUntil('end', async () => (await queue.getJob('a'))?.isCompleted());
    expect(handled).toEqual(['a', 'a']);
    await once.close();
  });

  it('returns which jobs are still unfinished', async () => {
    work(({ id }) => {
      if (id === 'broken') throw failure('BROKEN', 'quarantine');
      return 'done';
    });
    await producer.add(job('broken'));
    await failedReason('broken');
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await producer.add(job('waiting'));
    expect(await producer.holds(['waiting', 'broken', 'absent'])).toEqual([true, false, false]);
  });

  it('finishes jobs in progress before it closes, and leaves the others on the queue', async () => {
    let release: (() => void) | undefined;
    const worker = work(async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return 'done';
    });
    await producer.addBulk([job('held'), job('left')]);
    await waitUntil('first job', () => handled.length === 1);
    const closing = worker.close();
    release!();
    await closing;
    expect(await (await queue.getJob('held'))?.isCompleted()).toBe(true);
    expect(await producer.backlog()).toBe(1);
  });

  describe('request', () => {
    const ask = (payload: Payload, deadlineMs = 10_000) =>
      producer.request(payload, deadlineMs, 'query');

    it('returns the result', async () => {
      work();
      expect(await ask(job('a'))).toBe('did a');
    });

    it('receives a result that arrives at once, even on the first request', async () => {
      work(({ id }) => id, 16);
      for (let round = 0; round < 20; round++) {
        const fresh = new ContractProducer(contract(name), redis);
        expect(await fresh.request(job(`r${round}`), 5_000, 'query')).toBe(`r${round}`);
        await fresh.close();
      }
    });

    it('answers concurrent requests for the same job with one job', async () => {
      work();
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(job('a'))));
      expect(new Set(answers)).toEqual(new Set(['did a']));
      expect(handled).toEqual(['a']);
    });

    it('answers from a job that is already done', async () => {
      work();
      await ask(job('a'));
      expect(await ask(job('a'))).toBe('did a');
      expect(handled).toEqual(['a']);
    });

    it('throws the error of the job', async () => {
      work(() => {
        throw failure('NO_IMAGE', 'quarantine', 422);
      });
      await expect(ask(job('a'))).rejects.toMatchObject({
        code: 'NO_IMAGE',
        stage: 'decode',
        class: 'quarantine',
        httpStatus: 422,
        message: 'because of NO_IMAGE',
      });
    });

    it('runs a failed job again, even for concurrent requests', async () => {
      work(() => {
        if (handled.length === 1) throw failure('BROKEN', 'quarantine');
        return 'repaired';
      });
      await expect(ask(job('a'))).rejects.toThrow('BROKEN');
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(job('a'))));
      expect(new Set(answers)).toEqual(new Set(['repaired']));
    });

    it('throws DEADLINE_EXCEEDED when there is no result in time, even after other errors', async () => {
      await expect(ask(job('a'), 200)).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
        stage: 'query',
        httpStatus: 504,
      });
      work(() => {
        throw failure('STORE_DOWN', 'wait');
      });
      await expect(ask(job('b'), 500)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    });

    it('does not apply the deadline of an earlier request to a later one for the same job', async () => {
      const early = ask(job('a', { deadline: Date.now() + 100 }), 100);
      await expect(early).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      const late = ask(job('a', { deadline: Date.now() + 10_000 }));
      work(({ deadline }) => {
        if (deadline! < Date.now()) throw failure('DEADLINE_EXCEEDED', 'quarantine', 504);
        return 'in time';
      });
      expect(await late).toBe('in time');
      expect(handled).toEqual(['a', 'a']);
    });
  });
});
