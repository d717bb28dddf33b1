import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { cameraEventsHttp } from '#shared/contracts/http/camera-events.http.js';
import { type ImportImage } from '#shared/contracts/http/imports.http.js';
import { sightingsHttp, type SightingView } from '#shared/contracts/http/sightings.http.js';
import { api, importDone, listImages, listSightings, startImport } from '../support/api.js';
import { oddImages, writeImages, type OddImage } from '../support/odd-images.js';
import { photos } from '../support/photos.js';
import { startPipeline, type Pipeline } from '../support/start-pipeline.js';
import { waitUntil } from '../support/wait-until.js';

describe('an archive of odd files', () => {
  let folder: string;
  let pipeline: Pipeline;
  let archive: OddImage[];
  let importId: string;
  const sightings = new Map<string, SightingView[]>();
  const withoutFaces = new Map<string, ImportImage>();

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sightline-odd-'));
    const archiveFolder = path.join(folder, 'archive');
    await mkdir(archiveFolder);
    const { faceApi } = await photos();
    archive = await oddImages(await readFile(path.join(faceApi, 'sample3.jpg')));
    await writeImages(archiveFolder, archive);
    pipeline = await startPipeline({ archive: pathToFileURL(archiveFolder).href });
    importId = await startImport(pipeline.ingest.url, 'archive');
    await importDone(pipeline.ingest.url, importId);
    for (const sighting of await listSightings(pipeline.matcher.url, 'archive')) {
      const { key } = sighting.image;
      sightings.set(key, [...(sightings.get(key) ?? []), sighting]);
    }
    for (const image of await listImages(pipeline.ingest.url, importId)) {
      withoutFaces.set(image.key, image);
    }
  }, 180_000);

  afterAll(async () => {
    await pipeline.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has the expected outcome for each file', () => {
    const outcomes = archive.map(({ name }) => {
      const image = withoutFaces.get(name);
      if (image) return [name, image.code ? { refused: image.code } : image.outcome];
      return [name, sightings.has(name) ? 'faces' : 'skipped'];
    });
    expect(outcomes).toEqual(archive.map(({ name, expected }) => [name, expected]));
  });

  it('has the same faces in the same places in every format, colour space and orientation', () => {
    const reference = places(sightings.get('plain.jpg')!);
    expect(reference).toHaveLength(3);
    for (const { name, expected } of archive) {
      if (expected !== 'faces') continue;
      const found = places(sightings.get(name)!);
      expect({ name, faces: found.length }).toEqual({ name, faces: reference.length });
      found.forEach((place, index) => {
        expect(Math.abs(place.x - reference[index]!.x)).toBeLessThan(0.02);
        expect(Math.abs(place.y - reference[index]!.y)).toBeLessThan(0.02);
      });
    }
  });

  it('marks the faces of a file that ends before the picture does, and no others', () => {
    const marked = [...sightings].filter(([, [first]]) => first!.incomplete).map(([key]) => key);
    expect(marked).toEqual(['without end marker.jpg']);
  });

  it('is counted completely, each listed file once', async () => {
    const view = await importDone(pipeline.ingest.url, importId);
    const expected = (kind: string) => archive.filter((image) => image.expected === kind).length;
    const refused = archive.filter((image) => typeof image.expected === 'object').length;
    expect(view.counts).toEqual({
      named: 0,
      unknown: expected('faces'),
      faceless: expected('faceless'),
      refused,
      failed: 0,
      cancelled: 0,
    });
    expect(view.skipped).toBe(expected('skipped'));
    expect(view.listed).toBe(archive.length);
  });

  it('is not processed again by a second import', async () => {
    const before = await listSightings(pipeline.matcher.url, 'archive');
    const again = await importDone(
      pipeline.ingest.url,
      await startImport(pipeline.ingest.url, 'archive'),
    );
    expect(Object.values(again.counts).every((count) => count === 0)).toBe(true);
    expect(Object.values(again.alreadyDone).reduce((a, b) => a + b, 0)).toBe(
      again.listed - again.skipped,
    );
    expect(await listSightings(pipeline.matcher.url, 'archive')).toEqual(before);
  });

  it('records what a camera saw at the time, also of an object that the import knows', async () => {
    const camera = api(pipeline.ingest.url);
    const body = (observedAt: string) => ({
      cameraId: 'door',
      observedAt,
      image: { store: 'archive', key: 'plain.jpg' },
    });
    const times = ['2024-05-06T07:08:09.000Z', '2024-05-06T07:08:10.000Z'];
    const ids: string[] = [];
    for (const time of times) {
      ids.push((await camera.call(cameraEventsHttp.add, { body: body(time) })).imageId);
    }
    const query = { cameraId: 'door' };
    const { sightings: seen } = await waitUntil('six sightings of the camera', async () => {
      const page = await api(pipeline.matcher.url).call(sightingsHttp.list, { query });
      return page.sightings.length >= 6 && page;
    });
    const observed = seen.map(({ imageId, observedAt }) => `${imageId} ${observedAt}`);
    expect(observed.sort()).toEqual(
      times.flatMap((time, i) => Array<string>(3).fill(`${ids[i]} ${time}`)).sort(),
    );
  });
});

/** Centres of the faces as fractions of the image, left to right. */
function places(sightings: readonly SightingView[]) {
  return sightings
    .map(({ box, width, height }) => ({
      x: (box.x + box.width / 2) / width,
      y: (box.y + box.height / 2) / height,
    }))
    .sort((a, b) => a.x - b.x);
}
