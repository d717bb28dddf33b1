import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { cameraEventsHttp } from '#shared/contracts/http/camera-events.http.js';
import { errorBodySchema } from '#shared/contracts/http/errors.js';
import { importsHttp } from '#shared/contracts/http/imports.http.js';
import { imageForm } from '../support/call-api.js';
import {
  importOver,
  IngestBed,
  numbered,
  startImport,
  type TestIngest,
} from '../support/ingest-tests.js';
import { StandInPipeline } from '../support/stand-in-pipeline.js';
import { waitUntil } from '../support/wait-until.js';

const FIELDS = { cameraId: 'door 1', observedAt: '2024-05-06T07:08:09+02:00' };

let bed: IngestBed;
let ingest: TestIngest;
let pipeline: StandInPipeline | undefined;

beforeAll(async () => {
  bed = await IngestBed.make();
  ingest = await bed.start({ MAX_UPLOAD_BYTES: '1000' });
});

afterEach(async () => {
  await pipeline?.close();
  pipeline = undefined;
});

afterAll(() => bed.close());

async function post(body: unknown): Promise<{ status: number; imageId: string; code: string }> {
  const { status, body: answer } = await ingest.call('POST', '/v1/camera-events', body);
  if (status !== 202)
    return { status, imageId: '', code: errorBodySchema.parse(answer).error.code };
  return { status, imageId: cameraEventsHttp.add.response.parse(answer).imageId, code: '' };
}

function snapshot(text: string, fields: Readonly<Record<string, string>> = FIELDS): FormData {
  return imageForm({ image: new Blob([text], { type: 'image/jpeg' }) }, fields);
}

describe('a camera event', () => {
  it('is processed before the queued images of an archive, as a live job with its camera and time', async () => {
    await bed.fill(numbered('backlog', 300));
    const { id } = await startImport(ingest, 'backlog/');
    await waitUntil('the archive to be queued', async () => {
      const { body } = await ingest.call('GET', `/v1/imports/${id}`);
      return importsHttp.read.response.parse(body).listed === 300;
    });
    const { status, imageId } = await post(snapshot('one'));
    expect(status).toBe(202);
    expect(imageId).toMatch(/^[0-9a-f]{32}$/);
    const job = await bed.redis.hget(`sightline-queue:embed-image:${imageId}`, 'data');
    expect(JSON.parse(job!)).toMatchObject({
      tenant: 'default',
      lane: 'live',
      source: { kind: 'camera', cameraId: 'door 1' },
      observedAt: '2024-05-06T07:08:09+02:00',
    });
    pipeline = new StandInPipeline(bed.redis, { concurrency: 1 });
    await importOver(ingest, id);
    expect(pipeline.taken[0]).toMatch(/^cameras\/default\/door 1\/[0-9a-f]{64}$/);
    expect(pipeline.taken).toHaveLength(301);
  });

  it('stores its snapshot, and does not process the same snapshot twice', async () => {
    const first = await post(snapshot('kept'));
    expect((await post(snapshot('kept'))).imageId).toBe(first.imageId);
    pipeline = new StandInPipeline(bed.redis);
    const { taken } = pipeline;
    await waitUntil('the image to be taken', () => taken.length > 0);
    expect(taken).toHaveLength(1);
    const file = path.join(bed.folder, 'uploads', taken[0]!);
    expect(await readFile(file, 'utf8')).toBe('kept');
    await waitUntil('the image to be done', async () => {
      const jobs = await bed.redis.exists(`sightline-queue:embed-image:${first.imageId}`);
      return jobs === 0;
    });
    expect((await post(snapshot('kept'))).imageId).toBe(first.imageId);
    expect(await bed.redis.exists(`sightline-queue:embed-image:${first.imageId}`)).toBe(0);
  });

  it('is an observation of its own, also of an object that an import or another event knows', async () => {
    await bed.fill(['known/named.jpg']);
    const { id } = await startImport(ingest, 'known/');
    pipeline = new StandInPipeline(bed.redis);
    const { taken } = pipeline;
    await importOver(ingest, id);
    const image = { store: 'archive', key: 'known/named.jpg' };
    const events = [
      { ...FIELDS, image },
      { ...FIELDS, image, observedAt: '2024-05-06T07:08:10+02:00' },
      { ...FIELDS, image, cameraId: 'door 2' },
    ];
    const ids = new Set<string>();
    for (const event of events) ids.add((await post(event)).imageId);
    expect(ids.size).toBe(3);
    await waitUntil('three observations', () => taken.length === 4);
    // The same instant, written in another zone.
    ids.add((await post({ ...events[0], observedAt: '2024-05-06T05:08:09Z' })).imageId);
    expect(ids.size).toBe(3);
    for (const imageId of ids) await waitUntil(imageId, () => bed.ledger.isFinished(imageId));
    expect(taken).toHaveLength(4);
  });

  it('is one for each time at which the same picture was taken', async () => {
    const first = await post(snapshot('still'));
    const later = await post(snapshot('still', { ...FIELDS, observedAt: '2024-05-06T08:00:00Z' }));
    expect(later.imageId).not.toBe(first.imageId);
    pipeline = new StandInPipeline(bed.redis);
    const { taken } = pipeline;
    await waitUntil('both observations', () => taken.length === 2);
    expect(taken[0]).toBe(taken[1]);
  });

  it('is refused when it was observed in the future, beyond the skew of a clock', async () => {
    const at = (ms: number) => new Date(Date.now() + ms).toISOString();
    const before = await readdir(path.join(bed.folder, 'uploads/cameras'), { recursive: true });
    expect(await post(snapshot('early', { ...FIELDS, observedAt: at(400_000) }))).toMatchObject({
      status: 422,
      code: 'OBSERVED_IN_FUTURE',
    });
    const after = await readdir(path.join(bed.folder, 'uploads/cameras'), { recursive: true });
    expect(after).toEqual(before);
    expect(await post(snapshot('skewed', { ...FIELDS, observedAt: at(200_000) }))).toMatchObject({
      status: 202,
    });
    pipeline = new StandInPipeline(bed.redis);
    const { taken } = pipeline;
    await waitUntil('the image to be taken', () => taken.length === 1);
  });

  it('can name an object that is already in a store', async () => {
    await bed.fill(['cam/a b.jpg']);
    const image = { store: 'archive', key: 'cam/a b.jpg' };
    const { status, imageId } = await post({ ...FIELDS, image });
    expect(status).toBe(202);
    pipeline = new StandInPipeline(bed.redis);
    const { taken } = pipeline;
    await waitUntil('the image to be taken', () => taken.includes('cam/a b.jpg'));
    expect(imageId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is refused with an error code when it is invalid', async () => {
    const image = (store: string, key: string) => ({ ...FIELDS, image: { store, key } });
    expect(await post(image('archive', 'no/such.jpg'))).toMatchObject({
      status: 404,
      code: 'OBJECT_NOT_FOUND',
    });
    expect(await post(image('nowhere', 'a.jpg'))).toMatchObject({
      status: 404,
      code: 'STORE_UNKNOWN',
    });
    for (const key of ['enrolments/default/ada/1', 'cameras/other/door 1/2', 'cameras/defaulted']) {
      await bed.fill([key], 'uploads');
      expect(await post(image('uploads', key))).toMatchObject({
        status: 404,
        code: 'OBJECT_NOT_FOUND',
      });
    }
    expect(await post(image('archive', '../secret'))).toMatchObject({
      status: 400,
      code: 'OBJECT_KEY_INVALID',
    });
    expect(await post(FIELDS)).toMatchObject({ status: 400, code: 'IMAGE_MISSING' });
    expect(await post(snapshot(''))).toMatchObject({ status: 400, code: 'IMAGE_EMPTY' });
    expect(await post(snapshot('x'.repeat(2000)))).toMatchObject({
      status: 413,
      code: 'IMAGE_TOO_LARGE',
    });
    for (const wrong of [
      { ...FIELDS, observedAt: '2024-05-06T07:08:09' },
      { ...FIELDS, cameraId: '../door' },
      { cameraId: 'door 1' },
    ]) {
      expect(await post(snapshot('x', wrong as Record<string, string>))).toMatchObject({
        status: 400,
        code: 'REQUEST_INVALID',
      });
    }
  });
});
