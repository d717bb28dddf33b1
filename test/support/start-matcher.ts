import { NestFactory } from '@nestjs/core';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadConfig } from '#shared/platform/settings/load-config.js';
import { matcherConfigSchema } from '../../apps/matcher/src/matcher.config.js';
import { MatcherModule } from '../../apps/matcher/src/matcher.module.js';
import { writeTestPack } from './test-pack.js';

export interface TestFolders {
  readonly root: string;
  readonly uploads: string;
  /** Environment of a matcher that uses these folders. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

export async function makeMatcherFolders(redisUrl: string): Promise<TestFolders> {
  const root = await mkdtemp(path.join(tmpdir(), 'sightline-matcher-'));
  const uploads = path.join(root, 'uploads');
  await mkdir(uploads);
  await writeTestPack(path.join(root, 'models'));
  return {
    root,
    uploads,
    env: {
      REDIS_URL: redisUrl,
      STORES: `uploads=${pathToFileURL(uploads).href}`,
      MODELS_DIR: path.join(root, 'models'),
      MODEL_PACK: 'test',
      VECTORS_DIR: path.join(root, 'vectors'),
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Starts a matcher in this process, on a free port. */
export async function startMatcher(env: Readonly<Record<string, string>>) {
  const config = loadConfig(matcherConfigSchema, env);
  const app = await NestFactory.create(MatcherModule.register(config), {
    logger: ['error', 'warn'],
    forceCloseConnections: true,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl(), close: () => app.close() };
}
