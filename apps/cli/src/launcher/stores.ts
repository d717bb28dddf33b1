import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { UPLOADS_STORE } from '#shared/config/storage.config.js';
import { parseS3Url } from '#shared/storage/s3-url.js';
import { cliError } from '../cli-error.js';
import { slug } from './slug.js';

/** Object stores by name, as URLs. */
export type Stores = Readonly<Record<string, string>>;

export interface NamedStore {
  readonly name: string;
  readonly url: string;
}

const storesSchema = z.record(z.string(), z.string());

/**
 * The store for a place given on the command line. Its name is derived from the place, so that the
 * same folder is the same store in every run, and a folder never takes over another one's results.
 * @param place folder or s3://bucket/prefix?endpoint=…
 * @throws PipelineError ARCHIVE_NOT_FOUND when there is no such folder, STORE_URL_INVALID
 */
export async function storeFor(place: string): Promise<NamedStore> {
  const url = await placeUrl(place);
  const hash = createHash('sha256').update(url).digest('hex').slice(0, 6);
  const { pathname, hostname } = new URL(url);
  const words = slug(decodeURIComponent(path.posix.basename(pathname)) || hostname);
  return { name: [words, hash].filter((part) => part !== '').join('-'), url };
}

async function placeUrl(place: string): Promise<string> {
  if (place.startsWith('s3://')) {
    if (!URL.canParse(place) || new URL(place).hostname === '') {
      throw cliError('ARCHIVE_INVALID', `expected s3://bucket/prefix, got ${place}`);
    }
    const url = new URL(place);
    parseS3Url(url);
    return url.href;
  }
  const folder = path.resolve(place);
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory()) throw cliError('ARCHIVE_NOT_FOUND', `there is no folder ${folder}`);
  return pathToFileURL(folder).href;
}

/**
 * The stores of a data folder: uploads, and every archive it was ever started with, for their images
 * may still be in the queues. `added` is remembered in stores.json.
 */
export async function rememberStores(
  dataDir: string,
  added: readonly NamedStore[],
): Promise<Stores> {
  const file = path.join(dataDir, 'stores.json');
  const known = await readFile(file, 'utf8').then(
    (text) => storesSchema.parse(JSON.parse(text)),
    () => ({}),
  );
  const archives = { ...known, ...Object.fromEntries(added.map(({ name, url }) => [name, url])) };
  await mkdir(path.join(dataDir, 'uploads'), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, JSON.stringify(archives, null, 2));
  await rename(`${file}.new`, file);
  return { [UPLOADS_STORE]: pathToFileURL(path.join(dataDir, 'uploads')).href, ...archives };
}

/** The setting STORES for these stores. */
export function storesSetting(stores: Stores): string {
  return Object.entries(stores)
    .map(([name, url]) => `${name}=${url}`)
    .join(' ');
}
