import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Redis } from 'ioredis';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { connectRedis } from '#shared/platform/queue/redis.js';
import { matchFacesJob } from '../support/faces.js';
import { labelValues, metrics, sumOf } from '../support/metrics.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { makeMatcherFolders, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const TENANTS = 50;

describe('metrics of more tenants than METRICS_TENANTS allows', () => {
  let server: TestRedis;
  let folders: TestFolders;
  let redis: Redis;
  let producer: ContractProducer<MatchFacesPayload, null>;
  let matcher: RunningApp;

  beforeAll(async () => {
    server = await startRedis();
    folders = await makeMatcherFolders(server.url);
    redis = connectRedis(server.url, 'test');
    producer = new ContractProducer(matchFacesContract, redis);
    matcher = await startApp('matcher', { ...folders.env, METRICS_TENANTS: '7' });
  }, 60_000);

  afterAll(async () => {
    await matcher.stop();
    await producer.close();
    redis.disconnect();
    await server.stop();
    await folders.remove();
  });

  it('count the remaining tenants together, without losing an image', async () => {
    const jobs = Array.from({ length: 2 * TENANTS }, (_, i) =>
      matchFacesJob(`${i}.jpg`, [], { tenant: `tenant-${i % TENANTS}` }),
    );
    await new OutcomeLedger(redis).claim(
      '',
      jobs.map(({ imageId }) => imageId),
    );
    await producer.addBulk(jobs);
    const name = 'sightline_images_total';
    const samples = await waitUntil('all of them', async () => {
      const now = await metrics(matcher.url);
      return sumOf(now, name, { outcome: 'faceless' }) === 2 * TENANTS && now;
    });
    const tenants = labelValues(samples, name, 'tenant');
    expect(tenants.size).toBe(7 + 1);
    expect(sumOf(samples, name, { tenant: 'other' })).toBe(2 * (TENANTS - 7));
  });
});
