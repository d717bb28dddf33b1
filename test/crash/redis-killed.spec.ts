import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { importDone, readImport, startImport } from '../support/api.js';
import { waitUntil } from '../support/wait-until.js';
import { CrashBed } from './crash-bed.js';
import { sendImage, settle } from './one-image.js';

const IMAGES = 40;

let bed: CrashBed;

beforeAll(async () => {
  bed = await CrashBed.make();
}, 60_000);

afterAll(() => bed.close());

describe('a kill of redis-server', () => {
  it('in the middle of an import still gives every image one outcome', async () => {
    const { ingest } = bed.services;
    for (let i = 0; i < IMAGES; i++) await bed.addImage(`many-${i}.jpg`);
    const id = await startImport(ingest.url, 'archive', 'many-');
    await waitUntil('the middle', async () => (await readImport(ingest.url, id)).counts.named > 3);
    await bed.server.kill();
    await bed.server.restart();

    const { listed, counts } = await importDone(ingest.url, id, 60_000);

    expect({ listed, named: counts.named }).toEqual({ listed: IMAGES, named: IMAGES });
    const ofImport = ({ key }: { readonly key: string }) => key.startsWith('many-');
    const sightings = (await bed.sightings()).filter(({ image }) => ofImport(image));
    const events = (await bed.events()).filter(({ data }) => ofImport(data.image));
    expect(new Set(events.map(({ id: event }) => event)).size).toBe(IMAGES);
    expect(events.map(({ subject }) => subject).sort()).toEqual(
      sightings.map(({ id: sighting }) => sighting).sort(),
    );
    await waitUntil('empty queues', async () => (await bed.jobsLeft()) === 0, 30_000);
  }, 120_000);

  it('that loses its last second of writes, as a power failure may, leads to the same ids again', async () => {
    await bed.services.matcher.kill();
    await bed.addImage('forgotten.jpg');
    const sent = await sendImage(bed, 'forgotten.jpg');
    await waitUntil('faces', async () => (await bed.queues.match.count()) === 1);
    const [, folder] = (await bed.redis.config('GET', 'dir')) as [string, string];
    const log = path.join(folder, 'appendonlydir');
    await cp(log, `${log}-earlier`, { recursive: true });
    await bed.start('matcher');
    await settle(bed, sent);
    const before = (await bed.sightings()).find(({ image }) => image.key === 'forgotten.jpg');

    await bed.server.kill();
    await rm(log, { recursive: true });
    await cp(`${log}-earlier`, log, { recursive: true });
    await bed.server.restart();

    await waitUntil('second delivery', () => bed.posts('forgotten.jpg').length === 2, 30_000);
    await settle(bed, sent);
    const after = (await bed.sightings()).find(({ image }) => image.key === 'forgotten.jpg');
    expect(after!.id).toBe(before!.id);
  }, 120_000);
});
