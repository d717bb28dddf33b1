import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SupervisedService } from '../chaos/supervised-service.js';
import { callApi } from '../support/call-api.js';
import { freePort } from '../support/free-port.js';
import { makeMatcherFolders, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const SIGHTINGS = '/v1/sightings?limit=1';

describe('a matcher whose store thread is killed', () => {
  let redis: TestRedis;
  let folders: TestFolders;
  let matcher: SupervisedService;

  beforeAll(async () => {
    redis = await startRedis();
    folders = await makeMatcherFolders(redis.url);
    matcher = new SupervisedService('matcher', await freePort(), folders.env);
    await matcher.ready();
  }, 60_000);

  afterAll(async () => {
    await matcher.end();
    await redis.stop();
    await folders.remove();
  });

  it('opens the store again and continues without a restart', async () => {
    for (let crash = 1; crash <= 3; crash++) {
      await matcher.killThread(0);
      await waitUntil('the store to answer', async () => {
        const { status } = await callApi(matcher.url, 'GET', SIGHTINGS);
        return status === 200;
      });
    }
    expect(matcher.starts).toBe(1);
    expect(await matcher.stop()).toBe(0);
  }, 60_000);
});
