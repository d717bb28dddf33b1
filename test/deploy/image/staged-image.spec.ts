import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from '../../support/free-port.js';
import { startRedis, type TestRedis } from '../../support/start-redis.js';
import { PROJECT, readProjectFile } from '../support/project.js';
import { parseDockerfile } from './dockerfile.js';
import { stageImage } from './stage-image.js';
import { type RunningContainer, startContainer, untilHealthy } from './start-container.js';

const stages = parseDockerfile(readProjectFile('Dockerfile'));

describe('an image, run from a folder with the files that it copies', () => {
  let redis: TestRedis;
  let root: string;
  let folder: string;
  const writable = () => ['data', 'tmp', 'uploads'].map((name) => path.join(root, name));

  beforeAll(async () => {
    redis = await startRedis();
    root = await mkdtemp(path.join(tmpdir(), 'sightline-image-'));
    folder = await stageImage(stages, 'ingest', root);
    await cp(path.join(PROJECT, 'models'), path.join(root, 'models'), {
      recursive: true,
      dereference: true,
    });
    for (const place of writable()) await mkdir(place);
    await chmod(root, 0o755);
    for (const place of writable()) await chmod(place, 0o777);
  }, 120_000);

  afterAll(async () => {
    await redis.stop();
    await rm(root, { recursive: true, force: true });
  });

  it('has no development dependencies', () => {
    const packages = ['typescript', 'jest', 'eslint', 's3rver', 'kubernetes-models'];
    const inside = packages.filter((name) => existsSync(path.join(folder, 'node_modules', name)));
    expect(inside).toEqual([]);
  });

  // The images of the three services hold the same files. With ADMIN_KEY, ingest also loads the queue board.
  it.each(['ingest', 'embedder', 'matcher'] as const)(
    '%s becomes healthy as a user without files of its own, and stops on SIGTERM',
    async (target) => {
      const container: RunningContainer = startContainer(stages, target, folder, {
        HOST: '127.0.0.1',
        PORT: String(await freePort()),
        REDIS_URL: redis.url,
        STORES: `uploads=${pathToFileURL(path.join(root, 'uploads')).href}`,
        MODELS_DIR: path.join(root, 'models'),
        TMPDIR: path.join(root, 'tmp'),
        ...(target === 'ingest' && { ADMIN_KEY: 'an-admin-key-0123' }),
        ...(target === 'matcher' && { VECTORS_DIR: path.join(root, 'data/vectors') }),
      });
      await untilHealthy(container);
      expect(await container.stop()).toBe(0);
      expect(await container.checkHealth()).toBe(1);
      expect(await readdir(path.join(root, 'tmp'))).toEqual([]);
    },
    120_000,
  );
});
