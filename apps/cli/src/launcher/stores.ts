import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { slug } from '#shared/platform/storage/object-names.js';
import { parseS3Url } from '#shared/platform/storage/s3-url.js';
import { UPLOADS_STORE } from '#shared/platform/storage/storage.config.js';

/** URLs of object stores, by name. */
export type Stores = Readonly<Record<string, string>>;

export interface NamedStore {
  readonly name: string;
  readonly url: string;
}

const storesSchema = z.record(z.string(), z.string());

/**
 * Makes a store of a place given on the command line. The name is derived from the place: the same folder is
 * the same store in every run, and two folders never share results.
 * @param place folder or s3://bucket/prefix?endpoint=…
 * @throws PipelineError ARCHIVE_NOT_FOUND if the folder does not exist, ARCHIVE_INVALID, STORE_URL_INVALID
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
      throw usageError('ARCHIVE_INVALID', `expected s3://bucket/prefix, but got ${place}`);
    }
    const url = new URL(place);
    parseS3Url(url);
    return url.href;
  }
  const folder = path.resolve(place);
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory())
    throw usageError('ARCHIVE_NOT_FOUND', `the folder ${folder} does not exist`);
  return pathToFileURL(folder).href;
}

/**
 * Adds stores to stores.json in the data folder and returns all stores of that folder: `uploads` and every
 * archive of earlier starts, because their images may still be in the queues.
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

/** The stores as the setting STORES. */
export function storesSetting(stores: Stores): string {
  return Object.entries(stores)
    .map(([name, url]) => `${name}=${url}`)
    .join(' ');
}

interface ArchivePlace {
  readonly store: string;
  readonly prefix: string;
}

/**
 * Finds the store and prefix of a place given on the command line.
 * @param place folder or s3:// URL inside one of the stores, or STORE[/PREFIX]
 * @throws PipelineError STORE_UNKNOWN
 */
export function resolveArchive(place: string, stores: Stores): ArchivePlace {
  const isUrl = /^(s3|file):\/\//.test(place);
  const [name = '', ...rest] = place.split('/');
  if (!isUrl && (Object.hasOwn(stores, name) || looksLikeName(place, stores))) {
    return { store: name, prefix: rest.join('/') };
  }
  const wanted = isUrl ? new URL(place) : pathToFileURL(path.resolve(place));
  for (const [store, text] of Object.entries(stores)) {
    const prefix = prefixInside(wanted, new URL(text));
    if (prefix !== null) return { store, prefix };
  }
  throw usageError(
    'STORE_UNKNOWN',
    `no store of the running services contains ${place}; stop the services and start them with: ` +
      `npm run sightline -- up --archive ${place}`,
  );
}

/** The stores of services on another machine are not known: there, a word that is not a path is a store. */
function looksLikeName(place: string, stores: Stores): boolean {
  const onOtherMachine = Object.keys(stores).length === 0;
  return onOtherMachine && /^[a-z0-9]/.test(place) && !existsSync(path.resolve(place));
}

function prefixInside(wanted: URL, root: URL): string | null {
  if (wanted.protocol !== root.protocol || wanted.host !== root.host) return null;
  if (wanted.search !== '' && wanted.search !== root.search) return null;
  const rootPath = root.pathname.endsWith('/') ? root.pathname : `${root.pathname}/`;
  const wantedPath = wanted.pathname === '' ? '/' : wanted.pathname;
  if (wantedPath === rootPath || `${wantedPath}/` === rootPath) return '';
  if (!wantedPath.startsWith(rootPath)) return null;
  const prefix = decodeURIComponent(wantedPath.slice(rootPath.length));
  return wanted.protocol === 'file:' && !prefix.endsWith('/') ? `${prefix}/` : prefix;
}
