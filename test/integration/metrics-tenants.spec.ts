import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
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
const IMAGES = 'sightline_images_total';
const METRICS_KEY = 'the-key-of-prometheus';

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
  }, 60_000);

  afterEach(() => matcher.stop());

  afterAll(async () => {
    await producer.close();
    redis.disconnect();
    await server.stop();
    await folders.remove();
  });

  /** Two images of each tenant. */
  async function finishImages(name: string): Promise<void> {
    const jobs = Array.from({ length: 2 * TENANTS }, (_, i) =>
      matchFacesJob(`${name}-${i}.jpg`, [], { tenant: `tenant-${i % TENANTS}` }),
    );
    await new OutcomeLedger(redis).claim(
      '',
      jobs.map(({ imageId }) => imageId),
    );
    await producer.addBulk(jobs);
  }

  function whenCounted(count: number, key?: string) {
    return waitUntil('all of them', async () => {
      const samples = await metrics(matcher.url, key);
      return sumOf(samples, IMAGES, { outcome: 'faceless' }) === count && samples;
    });
  }

  it('count the remaining tenants together, without losing an image', async () => {
    matcher = await startApp('matcher', { ...folders.env, METRICS_TENANTS: '7', METRICS_KEY });
    await finishImages('named');
    const samples = await whenCounted(2 * TENANTS, METRICS_KEY);
    const tenants = labelValues(samples, IMAGES, 'tenant');
    expect(tenants.size).toBe(7 + 1);
    expect(sumOf(samples, IMAGES, { tenant: 'other' })).toBe(2 * (TENANTS - 7));
  });

  it('name no tenant but the default one while no key protects them', async () => {
    matcher = await startApp('matcher', folders.env);
    await finishImages('unnamed');
    const own = matchFacesJob('own.jpg', []);
    await new OutcomeLedger(redis).claim('', [own.imageId]);
    await producer.addBulk([own]);
    const samples = await whenCounted(2 * TENANTS + 1);
    expect(labelValues(samples, IMAGES, 'tenant')).toEqual(new Set(['default', 'other']));
    expect([...samples.keys()].filter((series) => /tenant-\d/.test(series))).toEqual([]);
  });
});
