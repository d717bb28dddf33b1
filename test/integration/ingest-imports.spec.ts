import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { errorBodySchema } from '#shared/contracts/http/errors.js';
import { readinessSchema } from '#shared/contracts/http/health.http.js';
import {
  type ImportImage,
  importsHttp,
  type ImportSkip,
  type ImportView,
} from '#shared/contracts/http/imports.http.js';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { api, listImages } from '../support/api.js';
import {
  accounted,
  importOver,
  IngestBed,
  numbered,
  startImport,
  type TestIngest,
} from '../support/ingest-tests.js';
import { StandInPipeline } from '../support/stand-in-pipeline.js';
import { ANY_ADDRESS, startS3, type TestS3 } from '../support/start-s3.js';

let bed: IngestBed;
let s3: TestS3;
let s3Url: string;
let ingest: TestIngest;
let pipeline: StandInPipeline;

beforeAll(async () => {
  bed = await IngestBed.make();
  s3 = await startS3();
  s3Url = s3.storeUrl();
  ingest = await bed.start({
    PAGE_SIZE: '7',
    STORES: `${bed.stores} bucket=${s3Url}`,
    ...s3.environment,
  });
  pipeline = new StandInPipeline(bed.redis);
});

afterAll(async () => {
  await pipeline.close();
  await bed.close();
  await s3.stop();
});

async function importAll(prefix: string, store?: string): Promise<ImportView> {
  return importOver(ingest, (await startImport(ingest, prefix, store)).id);
}

/** Images of an import that have no sighting, read in pages of two. */
async function readPagesOfTwo(id: string): Promise<ImportImage[]> {
  const images: ImportImage[] = [];
  let cursor: string | undefined;
  do {
    const input = { params: { id }, query: { limit: 2, cursor } };
    const page = await api(ingest.url).call(importsHttp.images, input);
    expect(page.images.length).toBeLessThanOrEqual(2);
    images.push(...page.images);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return images;
}

async function listSkipped(id: string, limit: number): Promise<ImportSkip[]> {
  const skipped: ImportSkip[] = [];
  let query = `limit=${limit}`;
  for (;;) {
    const { body } = await ingest.call('GET', `/v1/imports/${id}/skipped?${query}`);
    const page = body as { skipped: ImportSkip[]; cursor: string | null };
    skipped.push(...page.skipped);
    if (page.cursor === null) return skipped;
    query = `limit=${limit}&cursor=${page.cursor}`;
  }
}

/** Status and error code. */
async function refusal(method: string, route: string, body?: unknown) {
  const answer = await ingest.call(method, route, body);
  return { status: answer.status, ...errorBodySchema.parse(answer.body).error };
}

describe('an import', () => {
  const mixed = [
    ...Array.from({ length: 12 }, (_, i) => `mixed/a/named-${i}.jpg`),
    ...Array.from({ length: 9 }, (_, i) => `mixed/b/unknown-${i}.PNG`),
    ...Array.from({ length: 5 }, (_, i) => `mixed/c/faceless-${i}.webp`),
    ...Array.from({ length: 3 }, (_, i) => `mixed/refused-${i}.heic`),
    'mixed/notes.txt',
    'mixed/._named.jpg',
    'mixed/jpg',
    'mixed/.jpg',
    'mixed/d/Thumbs.db',
  ];

  it('is accepted at once, and finally counts every object', async () => {
    await bed.fill(mixed);
    const request = { store: 'archive', prefix: 'mixed/' };
    const answer = await ingest.call('POST', '/v1/imports', request);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'listing', tenant: 'default', error: null });
    const over = await importOver(ingest, importsHttp.start.response.parse(answer.body).id);
    expect(over).toMatchObject({
      status: 'done',
      store: 'archive',
      prefix: 'mixed/',
      listed: 34,
      skipped: 5,
      skippedBy: { 'not-an-image': 2, ignored: 3 },
      counts: { named: 12, unknown: 9, faceless: 5, refused: 3, failed: 0, cancelled: 0 },
      alreadyDone: { named: 0, unknown: 0, faceless: 0, refused: 0 },
      problems: { DECODE_FAILED: 3 },
      faces: 21,
      pending: 0,
      secondsLeft: null,
    });
    expect(over.imagesPerSecond).toBeGreaterThan(0);
    expect(Date.parse(over.finishedAt!)).toBeGreaterThanOrEqual(Date.parse(over.startedAt));
  });

  it('counts and names what it does not look at, with the reason', async () => {
    const root = path.join(bed.folder, 'archive', 'skip');
    await bed.fill([
      'skip/named.jpg',
      'skip/film.mp4',
      'skip/DSC_1.X3F',
      'skip/album.zip',
      'skip/notes.txt',
      'skip/.hidden.jpg',
      'skip/.thumbnails/a.jpg',
      'skip/@eaDir/named.jpg/SYNOPHOTO_THUMB_M.jpg',
      'skip/#recycle/old.jpg',
      'skip/Thumbs.db',
    ]);
    await writeFile(Buffer.from(`${root}/bad-\xff.jpg`, 'latin1'), 'x');
    await symlink('.', path.join(root, 'circle'));
    await symlink('/etc/hostname', path.join(root, 'out.jpg'));
    await symlink('nowhere', path.join(root, 'dangling.jpg'));
    await promisify(execFile)('mkfifo', [path.join(root, 'pipe.jpg')]);
    const over = await importAll('skip/');
    expect(over).toMatchObject({
      status: 'done',
      listed: 15,
      counts: { named: 1 },
      skipped: 14,
      skippedBy: {
        ignored: 5,
        video: 1,
        raw: 1,
        archive: 1,
        'not-an-image': 1,
        'name-not-utf8': 1,
        'link-to-folder': 1,
        'link-outside': 1,
        'broken-link': 1,
        'special-file': 1,
      },
    });
    expect(accounted(over) + over.skipped).toBe(over.listed);
    const listed = await listSkipped(over.id, 4);
    expect(listed).toHaveLength(14);
    expect(new Map(listed.map(({ key, reason }) => [key, reason]))).toEqual(
      new Map([
        ['skip/#recycle/old.jpg', 'ignored'],
        ['skip/.hidden.jpg', 'ignored'],
        ['skip/.thumbnails/a.jpg', 'ignored'],
        ['skip/@eaDir/named.jpg/SYNOPHOTO_THUMB_M.jpg', 'ignored'],
        ['skip/DSC_1.X3F', 'raw'],
        ['skip/Thumbs.db', 'ignored'],
        ['skip/album.zip', 'archive'],
        ['skip/bad-\\xff.jpg', 'name-not-utf8'],
        ['skip/circle', 'link-to-folder'],
        ['skip/dangling.jpg', 'broken-link'],
        ['skip/film.mp4', 'video'],
        ['skip/notes.txt', 'not-an-image'],
        ['skip/out.jpg', 'link-outside'],
        ['skip/pipe.jpg', 'special-file'],
      ]),
    );
  });

  it('ends when everything is skipped', async () => {
    await bed.fill(['only/film.mp4']);
    expect(await importAll('only/')).toMatchObject({ status: 'done', listed: 1, skipped: 1 });
  });

  it('may be of one image, whose key other keys begin with', async () => {
    await bed.fill(['single/.named.jpg', 'single/.named.jpg.jpg']);
    const start = (key: string) => ingest.call('POST', '/v1/imports', { store: 'archive', key });
    const { body } = await start('single/.named.jpg');
    expect(await importOver(ingest, (body as ImportView).id)).toMatchObject({
      status: 'done',
      prefix: 'single/.named.jpg',
      single: true,
      listed: 1,
      counts: { named: 1 },
    });
    const missing = await start('single/.named');
    expect(await importOver(ingest, (missing.body as ImportView).id)).toMatchObject({
      status: 'failed',
      listed: 0,
      error: { code: 'IMPORT_EMPTY' },
    });
  });

  it('lists the images without a sighting with their reasons, page by page', async () => {
    await bed.fill(numbered('reasons/faceless', 5));
    await bed.fill(['reasons/refused.jpg', 'reasons/named.jpg']);
    const { id } = await importAll('reasons/');
    const images = await readPagesOfTwo(id);
    expect(images.map(({ key }) => key).sort()).toEqual([
      ...numbered('reasons/faceless', 5),
      'reasons/refused.jpg',
    ]);
    expect(images.find(({ outcome }) => outcome === 'refused')).toEqual({
      key: 'reasons/refused.jpg',
      outcome: 'refused',
      code: 'DECODE_FAILED',
      message: 'the image is broken',
    });
  });

  it('adds nothing when it is repeated, and lists the same images without a sighting', async () => {
    await bed.fill(mixed);
    const first = await importAll('mixed/');
    const taken = pipeline.taken.length;
    const second = await importAll('mixed/');
    expect(pipeline.taken).toHaveLength(taken);
    expect(second).toMatchObject({
      status: 'done',
      listed: 34,
      skipped: 5,
      skippedBy: { 'not-an-image': 2, ignored: 3 },
      counts: { named: 0, unknown: 0, faceless: 0, refused: 0 },
      alreadyDone: { named: 12, unknown: 9, faceless: 5, refused: 3 },
      problems: { DECODE_FAILED: 3 },
      faces: 0,
    });
    const keys = async (id: string) =>
      (await listImages(ingest.url, id)).map(({ key }) => key).sort();
    expect(await keys(second.id)).toEqual(await keys(first.id));
    expect(await listImages(ingest.url, second.id)).toHaveLength(8);
  });

  it('retries the images that failed in an earlier import', async () => {
    await bed.fill(['again/failed-1.jpg', 'again/named.jpg']);
    expect(await importAll('again/')).toMatchObject({ counts: { failed: 1, named: 1 } });
    expect(await importAll('again/')).toMatchObject({
      status: 'done',
      counts: { failed: 1, named: 0 },
      alreadyDone: { named: 1 },
    });
    expect(pipeline.taken.filter((key) => key === 'again/failed-1.jpg')).toHaveLength(2);
  });

  it('counts exactly while another import of the same images is running', async () => {
    await bed.fill(numbered('twice', 200));
    const [a, b] = await Promise.all([importAll('twice/'), importAll('twice/')]);
    for (const over of [a, b]) {
      expect(over).toMatchObject({ status: 'done', listed: 200, pending: 0 });
      expect(accounted(over)).toBe(200);
    }
    expect(pipeline.taken.filter((key) => key.startsWith('twice/'))).toHaveLength(200);
  });

  it('accepts unusual file names unchanged', async () => {
    const odd = [
      'odd/with space.jpg',
      'odd/plus+percent%20hash#.jpg',
      `odd/${'é'.normalize('NFC')}.jpg`,
      `odd/${'é'.normalize('NFD')}.jpg`,
      'odd/line\nbreak.jpg',
      'odd/日本 🙂.JPG',
      'odd/q?u"o\'te&<>.jpeg',
    ];
    await bed.fill(odd);
    expect(await importAll('odd/')).toMatchObject({ status: 'done', listed: odd.length });
    expect(pipeline.taken.filter((key) => key.startsWith('odd/')).sort()).toEqual(odd.sort());
  });

  it('refuses an image whose key is too long, and lists it', async () => {
    const deep = `deep/${'d'.repeat(250)}/${'e'.repeat(250)}/${'f'.repeat(250)}/${'g'.repeat(250)}`;
    await bed.fill([`${deep}/${'h'.repeat(50)}.jpg`, 'deep/named.jpg']);
    const over = await importAll('deep/');
    expect(over).toMatchObject({ status: 'done', listed: 2, counts: { named: 1, refused: 1 } });
    expect(await listImages(ingest.url, over.id)).toEqual([
      expect.objectContaining({ outcome: 'refused', code: 'OBJECT_KEY_INVALID' }),
    ]);
  });

  it('reads an S3 bucket in the same way as a folder', async () => {
    const store = openStore(new URL(s3Url), ANY_ADDRESS);
    const keys = [...numbered('photos/named', 20), 'photos/a b+c%d#é.jpg', 'photos/read me.txt'];
    for (const key of keys) await store.put(key, Buffer.from(key), 'image/jpeg');
    expect(await importAll('photos/', 'bucket')).toMatchObject({
      status: 'done',
      listed: 22,
      skipped: 1,
      counts: { named: 20, unknown: 1 },
    });
    expect(await importAll('photos/', 'bucket')).toMatchObject({
      alreadyDone: { named: 20, unknown: 1 },
    });
  });

  it('treats a changed object as a new image', async () => {
    await bed.fill(['changing/named.jpg']);
    await importAll('changing/');
    await bed.fill(['changing/named.jpg']);
    expect(await importAll('changing/')).toMatchObject({ counts: { named: 1 } });
  });

  it('fails with a reason when its prefix has no objects or is invalid', async () => {
    const over = await importAll('no-such-folder/');
    expect(over).toMatchObject({ status: 'failed', listed: 0, error: { code: 'IMPORT_EMPTY' } });
    expect(over.error!.message).toContain('no-such-folder/');
    expect(await importAll('../')).toMatchObject({
      status: 'failed',
      error: { code: 'OBJECT_KEY_INVALID' },
    });
  });
});

describe('the imports API', () => {
  it('names the existing stores when a request names an unknown one', async () => {
    expect(await refusal('POST', '/v1/imports', { store: 'photos' })).toMatchObject({
      status: 404,
      code: 'STORE_UNKNOWN',
      message: expect.stringContaining('archive, uploads, bucket'),
    });
  });

  it('refuses to import the store of uploads', async () => {
    expect(await refusal('POST', '/v1/imports', { store: 'uploads' })).toMatchObject({
      status: 422,
      code: 'STORE_RESERVED',
    });
  });

  it('refuses a request with invalid fields', async () => {
    expect(await refusal('POST', '/v1/imports', { store: 'A B', prefx: 1 })).toMatchObject({
      status: 400,
      code: 'REQUEST_INVALID',
    });
  });

  it('answers with an error when an import does not exist or has ended', async () => {
    const missing = { status: 404, code: 'IMPORT_NOT_FOUND' };
    expect(await refusal('GET', '/v1/imports/999999')).toMatchObject(missing);
    expect(await refusal('POST', '/v1/imports/999999/cancel')).toMatchObject(missing);
    expect((await refusal('GET', '/v1/imports/x')).status).toBe(400);
    await bed.fill(['over/named.jpg']);
    const { id } = await importAll('over/');
    const over = await refusal('POST', `/v1/imports/${id}/pause`);
    expect(over).toMatchObject({ status: 409, code: 'IMPORT_OVER' });
  });

  it('lists imports newest first, page by page', async () => {
    await bed.fill(['paged/named.jpg']);
    const ids = [];
    for (let i = 0; i < 3; i++) ids.unshift((await importAll('paged/')).id);
    const read = async (query: string) => {
      const { body } = await ingest.call('GET', `/v1/imports?${query}`);
      return importsHttp.list.response.parse(body);
    };
    const first = await read('limit=2');
    const second = await read(`limit=1&cursor=${first.cursor!}`);
    expect([...first.imports, ...second.imports].map(({ id }) => id)).toEqual(ids);
  });

  it('is ready when Redis and every store answer', async () => {
    const { status, body } = await ingest.call('GET', '/health/ready');
    expect(status).toBe(200);
    const { checks } = readinessSchema.parse(body);
    const names = ['redis', 'store archive', 'store uploads', 'store bucket'];
    expect(checks.map(({ name }) => name)).toEqual(names);
  });
});
