import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { slug } from '#shared/platform/storage/object-names.js';
import { parseS3Url } from '#shared/platform/storage/s3-url.js';
import { UPLOADS_STORE } from '#shared/platform/storage/storage.config.js';
import { prepareDataFolder } from './data-folder.js';

/** How long another process may take to add an archive, milliseconds. */
const DRAFT_TIMEOUT_MS = 5_000;
const DRAFT_POLL_MS = 50;

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

/** File with the archives of a data folder. The services read it when they do not know a store. */
export function storesFile(dataDir: string): string {
  return path.join(dataDir, 'stores.json');
}

/** All stores of a data folder: `uploads`, and every archive that was given to it so far. */
export async function readStores(dataDir: string): Promise<Stores> {
  const uploads = pathToFileURL(path.join(dataDir, 'uploads')).href;
  return { [UPLOADS_STORE]: uploads, ...(await readArchives(dataDir)) };
}

/**
 * Adds archives to stores.json in the data folder and returns all stores of that folder: also those of earlier
 * starts, because their images may still be in the queues.
 * @throws PipelineError DATA_DIR_UNUSABLE, DISK_FULL
 */
export async function rememberStores(
  dataDir: string,
  added: readonly NamedStore[],
): Promise<Stores> {
  await prepareDataFolder(dataDir);
  await mkdir(path.join(dataDir, 'uploads'), { recursive: true, mode: 0o700 });
  const draft = await openDraft(`${storesFile(dataDir)}.new`);
  try {
    const known = await readArchives(dataDir);
    const archives = { ...known, ...Object.fromEntries(added.map(({ name, url }) => [name, url])) };
    await draft.handle.writeFile(JSON.stringify(archives, null, 2));
    await rename(draft.file, storesFile(dataDir));
  } catch (error) {
    await rm(draft.file, { force: true });
    throw error;
  } finally {
    await draft.handle.close();
  }
  return readStores(dataDir);
}

/**
 * Creates the file that is going to replace stores.json. Only one process can, so that two commands that add
 * archives at the same moment do so one after the other.
 */
async function openDraft(file: string) {
  const deadline = Date.now() + DRAFT_TIMEOUT_MS;
  for (;;) {
    try {
      return { file, handle: await open(file, 'wx') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    // Writing takes milliseconds: a killed process left the file.
    if (Date.now() > deadline) await rm(file, { force: true });
    await sleep(DRAFT_POLL_MS);
  }
}

async function readArchives(dataDir: string): Promise<Stores> {
  return readFile(storesFile(dataDir), 'utf8').then(
    (text) => storesSchema.parse(JSON.parse(text)),
    () => ({}),
  );
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
 * @returns null if no store contains it
 */
export function findArchive(place: string, stores: Stores): ArchivePlace | null {
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
  return null;
}

/**
 * The store and prefix of a place. An archive that the running services do not know is added to their stores.
 * @param dataDir data folder of a launcher that runs on this machine; undefined when the services run elsewhere
 * @throws PipelineError STORE_UNKNOWN, and the errors of `storeFor`
 */
export async function resolveArchive(
  place: string,
  stores: Stores,
  dataDir: string | undefined,
): Promise<ArchivePlace> {
  const known = findArchive(place, stores);
  if (known) return known;
  if (dataDir === undefined) {
    throw usageError(
      'STORE_UNKNOWN',
      `the services do not run on this machine, so ${place} must be the name of one of their stores (STORES); a prefix may follow: STORE/PREFIX`,
    );
  }
  const added = await storeFor(place);
  await rememberStores(dataDir, [added]);
  return { store: added.name, prefix: '' };
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
