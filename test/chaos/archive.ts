import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { photos } from '../support/photos.js';
import { ANY_ADDRESS, startS3 } from '../support/start-s3.js';

export interface ArchiveOptions {
  readonly store: 'folder' | 's3';
  /** Folder of photographs; null for the photographs in npm packages. */
  readonly images: string | null;
  /** Number of copies of each photograph, each under its own name. */
  readonly copies: number;
}

/** The objects that imports list: photographs and some damaged files. */
export interface Archive {
  readonly photographs: readonly Buffer[];
  readonly size: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Path of a folder; null for S3. */
  readonly folder: string | null;
  /** Port of the S3 server; null for a folder. */
  readonly port: number | null;
  /** URL for the setting STORES. @param port port of the proxy in front of the S3 server */
  url(port: number | null): string;
  close(): Promise<void>;
}

/** @param folder parent of the archive's folder */
export async function makeArchive(folder: string, options: ArchiveOptions): Promise<Archive> {
  const photographs = await readPhotographs(options.images);
  const files = [...photographs, ...damaged(photographs[0]!.bytes)];
  const place = options.store === 's3' ? await s3Place() : await folderPlace(folder);
  const store = openStore(new URL(place.url(place.port)), ANY_ADDRESS);
  for (let copy = 0; copy < options.copies; copy++) {
    for (const { name, bytes } of files) {
      await store.put(`${String(copy).padStart(3, '0')}/${name}`, bytes, 'image/jpeg');
    }
  }
  return {
    ...place,
    photographs: photographs.map(({ bytes }) => bytes),
    size: files.length * options.copies,
  };
}

interface NamedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

async function readPhotographs(images: string | null): Promise<NamedFile[]> {
  const folders = images === null ? Object.values(await photos()) : [images];
  const files: NamedFile[] = [];
  for (const folder of folders) {
    const names = await readdir(folder, { recursive: true });
    for (const name of names.filter((name) => /\.(jpe?g|png)$/i.test(name)).sort()) {
      files.push({ name, bytes: await readFile(path.join(folder, name)) });
    }
  }
  if (files.length === 0) throw new Error(`no photographs in ${folders.join(', ')}`);
  return files;
}

/** Files that are refused, with different error codes. */
function damaged(photograph: Buffer): NamedFile[] {
  return [
    { name: 'cut-off.jpg', bytes: photograph.subarray(0, photograph.length >> 1) },
    { name: 'text.jpg', bytes: Buffer.from('not a picture') },
  ];
}

async function folderPlace(folder: string) {
  const root = path.join(folder, 'archive');
  await mkdir(root, { recursive: true });
  return {
    environment: {},
    folder: root,
    port: null,
    url: () => pathToFileURL(root).href,
    close: () => Promise.resolve(),
  };
}

async function s3Place() {
  const s3 = await startS3();
  const url = new URL(s3.storeUrl('archive'));
  const endpoint = new URL(url.searchParams.get('endpoint')!);
  return {
    environment: s3.environment,
    folder: null,
    port: Number(endpoint.port),
    url(port: number | null) {
      const behind = new URL(url);
      behind.searchParams.set('endpoint', `http://127.0.0.1:${port!}`);
      return behind.href;
    },
    close: () => s3.stop(),
  };
}
