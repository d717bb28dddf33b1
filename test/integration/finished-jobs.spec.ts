import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import { deliverWebhookContract } from '#shared/contracts/deliver-webhook.contract.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type QueueContract } from '#shared/contracts/queue-contract.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { connectRedis, QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { rebuildPersonContract } from '../../apps/matcher/src/gallery/rebuild-person.contract.js';
import { deliveryJob, embedJob, matchJob } from '../../bench/redis-memory/generated-images.js';
import { QUEUE_CONFIG } from '../support/queue-config.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { TEST_SPACE } from '../support/test-pack.js';
import { waitUntil } from '../support/wait-until.js';

const JOBS = 6;

describe('finished jobs', () => {
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

  /** Runs jobs of which every second one fails permanently. @returns the keys that remain when all have ended */
  async function leftOf<Payload>(
    contract: QueueContract<Payload, unknown>,
    job: (index: number) => Payload,
    forget: boolean,
  ): Promise<string[]> {
    const producer = new ContractProducer(contract, redis);
    let [ended, runs] = [0, 0];
    const worker = new ContractWorker<Payload, unknown>(
      contract,
      {
        handle() {
          ended++;
          if (runs++ % 2 === 0) return Promise.resolve(null);
          const options = { stage: 'embed', class: 'quarantine' } as const;
          throw new PipelineError('IMAGE_UNREADABLE', 'it is broken', options);
        },
        giveUp: () => Promise.resolve(),
      },
      { redis, name: 'test', stage: 'embed', concurrency: 1, config: QUEUE_CONFIG },
    );
    await producer.addBulk(Array.from({ length: JOBS }, (_, index) => job(index)));
    worker.start();
    await waitUntil('the jobs to end', () => ended === JOBS);
    await worker.close();
    if (forget) await producer.forgetFinished(0);
    await producer.close();
    const keys = await redis.keys(`${QUEUE_PREFIX}:${contract.queue}:*`);
    return keys.filter((key) => !/:(events|id|marker|meta|pc|stalled-check)$/.test(key));
  }

  const query = (index: number) => ({ ...embedJob(index), source: { kind: 'query' } as const });
  const webhook = deliverWebhookContract('ops', { attempts: 3, backoffMs: 10 });

  it('leave no data of images and people in Redis', async () => {
    expect(await leftOf(embedImageContract, embedJob, false)).toEqual([]);
    expect(await leftOf(matchFacesContract, matchJob, false)).toEqual([]);
    const person = (index: number) =>
      ({ v: 1, tenant: 'default', personId: `person-${index}` }) as const;
    expect(await leftOf(rebuildPersonContract(TEST_SPACE), person, false)).toEqual([]);
  });

  it('keep the results of queries and deliveries until they are swept', async () => {
    expect(await leftOf(embedImageContract, query, false)).not.toEqual([]);
    const others = (index: number) => query(JOBS + index);
    expect(await leftOf(embedImageContract, others, true)).toEqual([]);
    expect(await leftOf(webhook, deliveryJob, true)).toEqual([]);
  });
});
