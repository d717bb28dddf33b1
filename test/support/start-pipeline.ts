import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startApp, type RunningApp } from './start-app.js';
import { startRedis, type TestRedis } from './start-redis.js';

export interface Pipeline {
  readonly redis: TestRedis;
  readonly ingest: RunningApp;
  readonly matcher: RunningApp;
  /** A test that restarts the embedder replaces it. */
  embedder: RunningApp;
  /** @param changes to the pipeline's settings */
  startEmbedder(changes?: Readonly<Record<string, string>>): Promise<RunningApp>;
  stop(): Promise<void>;
}

/** Folder of the model packs, which `npm test` installs. */
export const MODELS_DIR = path.resolve(process.env.SIGHTLINE_TEST_MODELS ?? 'models');

/**
 * The whole product on one machine: redis-server and the three services, each in its own process.
 * @param stores object stores by name, as URLs; `uploads` is added
 */
export async function startPipeline(
  stores: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Pipeline> {
  const folder = await mkdtemp(path.join(tmpdir(), 'sightline-pipeline-'));
  await mkdir(path.join(folder, 'uploads'));
  const redis = await startRedis();
  const all = { uploads: pathToFileURL(path.join(folder, 'uploads')).href, ...stores };
  const environment = {
    REDIS_URL: redis.url,
    STORES: Object.entries(all)
      .map(([name, url]) => `${name}=${url}`)
      .join(' '),
    MODELS_DIR,
    VECTORS_DIR: path.join(folder, 'vectors'),
    LOG_FORMAT: 'pretty',
    ...settings,
  };
  const startEmbedder = (changes: Readonly<Record<string, string>> = {}) =>
    startApp('embedder', { ...environment, ...changes });
  const [ingest, matcher, embedder] = await Promise.all([
    startApp('ingest', environment),
    startApp('matcher', environment),
    startEmbedder(),
  ]);
  const pipeline: Pipeline = {
    redis,
    ingest,
    matcher,
    embedder,
    startEmbedder,
    async stop() {
      await ingest.stop();
      await pipeline.embedder.stop();
      await matcher.stop();
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return pipeline;
}
