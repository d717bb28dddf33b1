import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { slug } from '#shared/platform/storage/object-names.js';
import { storageConfigShape } from '#shared/platform/storage/storage.config.js';
import {
  findArchive,
  readStores,
  rememberStores,
  resolveArchive,
  storeFor,
  storesSetting,
} from './stores.js';

const temporary: string[] = [];

async function folder(name: string): Promise<string> {
  const parent = await mkdtemp(path.join(tmpdir(), 'sightline-stores-'));
  temporary.push(parent);
  await mkdir(path.join(parent, name));
  return path.join(parent, name);
}

afterAll(async () => {
  for (const place of temporary) await rm(place, { recursive: true, force: true });
});

describe('slug', () => {
  it.each([
    ['Été à la plage', 'ete-a-la-plage'],
    ['--100 % sure#1--', '100-sure-1'],
    ['写真', ''],
  ])('turns %s into "%s"', (text, expected) => {
    expect(slug(text)).toBe(expected);
  });
});

describe('storeFor', () => {
  it('gives a folder the same name in each run, and another folder another name', async () => {
    const [one, two] = [await folder('photos'), await folder('photos')];
    const store = await storeFor(one);
    expect(await storeFor(`${one}/`)).toEqual(store);
    expect((await storeFor(two)).name).not.toBe(store.name);
    expect(store.name).toMatch(/^photos-[0-9a-f]{6}$/);
  });

  it('names a folder by its hash if its name has no Latin letter or digit', async () => {
    expect((await storeFor(await folder('写真'))).name).toMatch(/^[0-9a-f]{6}$/);
  });

  it('refuses a folder that does not exist', async () => {
    await expect(storeFor('/no/such/folder')).rejects.toMatchObject({ code: 'ARCHIVE_NOT_FOUND' });
  });
});

describe('rememberStores', () => {
  it('keeps all archives of the data folder, as a setting that the services can read', async () => {
    const dataDir = await folder('data with spaces');
    const photos = await storeFor(await folder('my # photos'));
    await rememberStores(dataDir, [photos]);
    const bucket = await storeFor('s3://bucket/a?endpoint=http://127.0.0.1:9000&pathStyle=true');
    const stores = await rememberStores(dataDir, [bucket]);
    const read = storageConfigShape.STORES.parse(storesSetting(stores));
    expect([...read.keys()].sort()).toEqual([bucket.name, photos.name, 'uploads'].sort());
    expect(read.get(photos.name)!.href).toBe(photos.url);
  });
});

describe('rememberStores of several commands at the same moment', () => {
  it('keeps the archives of all', async () => {
    const dataDir = await folder('data');
    const names = Array.from({ length: 10 }, (_, place) => `archive-${place}`);
    const url = 'file:///srv';
    await Promise.all(names.map((name) => rememberStores(dataDir, [{ name, url }])));
    expect(Object.keys(await readStores(dataDir)).sort()).toEqual([...names, 'uploads']);
  });
});

describe('findArchive', () => {
  const stores = { uploads: 'file:///data/uploads', films: 'file:///srv/films', cloud: 's3://b/x' };

  it.each([
    ['films', 'films', ''],
    ['films/1999/', 'films', '1999/'],
    ['/srv/films', 'films', ''],
    ['/srv/films/new ones', 'films', 'new ones/'],
    ['s3://b/x/2024/', 'cloud', '2024/'],
  ])('finds %s', (place, store, prefix) => {
    expect(findArchive(place, stores)).toEqual({ store, prefix });
  });

  it.each(['/srv', '/srv/filmsies', 's3://b/y', 's3://other/x'])('does not find %s', (place) => {
    expect(findArchive(place, stores)).toBeNull();
  });

  it('reads a word as a store if the services run on another machine', () => {
    expect(findArchive('cctv/2024', {})).toEqual({ store: 'cctv', prefix: '2024' });
  });
});

describe('resolveArchive', () => {
  it('adds an archive that no store contains to the stores of the data folder', async () => {
    const dataDir = await folder('data');
    const place = await folder('photos');
    const { store, prefix } = await resolveArchive(place, {}, dataDir);
    expect(prefix).toBe('');
    expect((await readStores(dataDir))[store]).toBe((await storeFor(place)).url);
  });

  it('refuses a place that services on another machine do not know', async () => {
    await expect(resolveArchive('/srv', {}, undefined)).rejects.toMatchObject({
      code: 'STORE_UNKNOWN',
    });
  });
});
