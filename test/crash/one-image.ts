import { expect } from '@jest/globals';
import { eventId } from '#shared/contracts/image-ref.js';
import { importDone, readImport, startImport } from '../support/api.js';
import { waitUntil } from '../support/wait-until.js';
import { type CrashBed } from './crash-bed.js';

export interface SentImage {
  readonly key: string;
  readonly importId: string;
}

/** Requests an import of one object until ingest accepts it. */
export async function sendImage(bed: CrashBed, key: string): Promise<SentImage> {
  const importId = await waitUntil(
    `import of ${key}`,
    // The address changes when ingest is restarted.
    () => startImport(bed.services.ingest.url, 'archive', key).catch(() => null),
    30_000,
    100,
  );
  return { key, importId };
}

/** Waits until all work is done, and checks that everything happened once. */
export async function settle(bed: CrashBed, { key, importId }: SentImage) {
  const url = bed.services.ingest.url;
  const view = await importDone(url, importId, 25_000);
  expect(view.listed).toBe(1);
  expect({ ...view.counts, named: view.counts.named + view.alreadyDone.named }).toEqual({
    named: 1,
    unknown: 0,
    faceless: 0,
    refused: 0,
    failed: 0,
    cancelled: 0,
  });
  const posts = () => bed.posts(key);
  await waitUntil('webhook', () => posts().length > 0, 25_000);
  await waitUntil('empty queues', async () => (await bed.jobsLeft()) === 0, 25_000);
  await waitUntil('stream to be fed', async () => (await bed.unacknowledged()).length === 0);
  // Unanswered requests may also have started imports. They have the same image and end too.
  for (let id = 1; id <= Number(importId); id++) {
    const other = await readImport(url, String(id)).catch(() => null);
    if (other) await importDone(url, String(id), 25_000);
  }
  const sightings = (await bed.sightings()).filter(({ image }) => image.key === key);
  expect(sightings).toHaveLength(1);
  const expected = eventId(sightings[0]!.id);
  expect((await bed.events()).filter(({ id }) => id === expected)).toHaveLength(1);
  for (const post of posts()) expect(post.id).toBe(expected);
  return { posts: posts().length };
}
