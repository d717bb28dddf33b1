import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readinessSchema } from '#shared/contracts/http/health.http.js';
import { callApi } from '../support/call-api.js';
import { freePort } from '../support/free-port.js';
import { startQdrantDouble, type QdrantDouble } from '../support/qdrant-double.js';
import { startApp, type RunningApp } from '../support/start-app.js';
import { makeMatcherFolders, type TestFolders } from '../support/start-matcher.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

describe('a matcher that starts before Redis and Qdrant', () => {
  let ports: { redis: number; qdrant: number };
  let folders: TestFolders;
  let matcher: RunningApp;
  let redis: TestRedis | undefined;
  let qdrant: QdrantDouble | undefined;

  beforeEach(async () => {
    ports = { redis: await freePort(), qdrant: await freePort() };
    folders = await makeMatcherFolders(`redis://127.0.0.1:${ports.redis}`);
    const settings = { ...folders.env, QDRANT_URL: `http://127.0.0.1:${ports.qdrant}` };
    matcher = await startApp('matcher', settings, 'live');
  });

  afterEach(async () => {
    if (matcher.process.exitCode === null) await matcher.kill();
    await qdrant?.stop();
    await redis?.stop();
    await folders.remove();
  });

  const missing = async () => {
    const { status, body } = await callApi(matcher.url, 'GET', '/health/ready');
    const { checks } = readinessSchema.parse(body);
    return { status, names: checks.filter(({ ok }) => !ok).map(({ name }) => name) };
  };

  it('reports what it waits for, and becomes ready when both are available', async () => {
    expect(await missing()).toEqual({ status: 503, names: ['redis', 'vectors'] });
    expect(await callApi(matcher.url, 'GET', '/v1/people')).toMatchObject({
      status: 503,
      body: { error: { code: 'STARTING' } },
    });
    qdrant = await startQdrantDouble({ port: ports.qdrant });
    await waitUntil('Qdrant to be noticed', async () => {
      return (await missing()).names.join() === 'redis';
    });
    redis = await startRedis('', ports.redis);
    await waitUntil(
      'the matcher to be ready',
      async () => {
        const answer = await callApi(matcher.url, 'GET', '/health/ready').catch(() => null);
        return answer?.status === 200;
      },
      20_000,
    );
    expect(await callApi(matcher.url, 'GET', '/v1/people')).toMatchObject({ status: 200 });
    expect(matcher.log()).toContain('waiting for redis');
  });

  it('exits at once on SIGTERM', async () => {
    expect(await matcher.stop()).toBe(0);
  });
});
