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
      throw usageError('ARCHIVE_INVALID', `expected s3://bucket/prefix, got ${place}`);
    }
    const url = new URL(place);
    parseS3Url(url);
    return url.href;
  }
  const folder = path.resolve(place);
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory()) throw usageError('ARCHIVE_NOT_FOUND', `there is no folder ${folder}`);
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

interface ArchivePlace {
  readonly store: string;
  readonly prefix: string;
}

/**
 * Which store and prefix a place named on the command line is: a folder or s3:// URL inside a store
 * that the services know, or STORE[/PREFIX].
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
    `the running services know no store that holds ${place}; stop them and start them with: ` +
      `npm run sightline -- up --archive ${place}`,
  );
}

/** Services elsewhere tell us no stores; then a plain word that is no path is taken for a store. */
function looksLikeName(place: string, stores: Stores): boolean {
  const somewhereElse = Object.keys(stores).length === 0;
  return somewhereElse && /^[a-z0-9]/.test(place) && !existsSync(path.resolve(place));
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
