import { Logger } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { storeNameSchema } from '../../contracts/image-ref.js';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { type AddressPolicy } from '../net/address-policy.js';
import { FolderObjectStore } from './folder-object-store.js';
import { type ObjectStore } from './object-store.port.js';
import { S3ObjectStore } from './s3-object-store.js';
import { parseS3Url } from './s3-url.js';

const addedStoresSchema = z.record(storeNameSchema, z.url({ protocol: /^(file|s3)$/ }));

/** The object stores by name: those of STORES, and those that were added to STORES_FILE meanwhile. */
export class ObjectStores {
  private readonly added = new Map<string, ObjectStore>();

  constructor(
    private readonly stores: ReadonlyMap<string, ObjectStore>,
    private readonly readAdded: () => ReadonlyMap<string, URL> = () => new Map(),
    private readonly open: (url: URL) => ObjectStore = () => {
      throw new Error('stores cannot be added');
    },
  ) {}

  get names(): readonly string[] {
    return [...this.stores.keys(), ...this.added.keys()];
  }

  /** @throws PipelineError STORE_UNKNOWN, which lists the known names */
  get(name: string): ObjectStore {
    const store = this.stores.get(name) ?? this.added.get(name) ?? this.addFromFile(name);
    if (store) return store;
    throw new PipelineError(
      'STORE_UNKNOWN',
      `there is no store ${name}; STORES names ${this.names.join(', ')}`,
      { stage: 'fetch', class: 'quarantine', httpStatus: 404, details: { known: this.names } },
    );
  }

  private addFromFile(name: string): ObjectStore | undefined {
    const url = this.readAdded().get(name);
    if (url === undefined) return undefined;
    try {
      const store = this.open(url);
      this.added.set(name, store);
      return store;
    } catch (error) {
      new Logger('stores').warn(`store ${name}: ${(error as Error).message}`);
      return undefined;
    }
  }
}

/**
 * Creates a store for each URL of the STORES setting. Does not connect yet.
 * @param addresses that an S3 server may have
 * @param file STORES_FILE, which is read when a store is asked for that is not known
 * @throws PipelineError STORE_URL_INVALID
 */
export function openStores(
  urls: ReadonlyMap<string, URL>,
  addresses: AddressPolicy,
  file?: string,
): ObjectStores {
  const opened = [...urls].map(([name, url]) => [name, openStore(url, addresses)] as const);
  const readAdded = () => (file === undefined ? new Map<string, URL>() : readStoresFile(file));
  return new ObjectStores(new Map(opened), readAdded, (url) => openStore(url, addresses));
}

/** Read while a caller waits, but only once for each new store. A file that is not valid has no stores. */
function readStoresFile(file: string): ReadonlyMap<string, URL> {
  try {
    const stores = addedStoresSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return new Map(Object.entries(stores).map(([name, url]) => [name, new URL(url)]));
  } catch (error) {
    new Logger('stores').warn(`cannot read ${file}: ${(error as Error).message}`);
    return new Map();
  }
}

/**
 * @param addresses that an S3 server may have
 * @throws PipelineError STORE_URL_INVALID
 */
export function openStore(url: URL, addresses: AddressPolicy): ObjectStore {
  return url.protocol === 's3:'
    ? new S3ObjectStore(parseS3Url(url), addresses)
    : new FolderObjectStore(folderOf(url));
}

function folderOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new PipelineError(
      'STORE_URL_INVALID',
      `a file:// store is not a folder of this machine: ${(error as Error).message}; it looks like file:///srv/my%20photos`,
      { stage: 'config', class: 'quarantine', cause: error },
    );
  }
}
