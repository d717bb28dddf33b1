import { fileURLToPath } from 'node:url';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { type AddressPolicy } from '../net/address-policy.js';
import { FolderObjectStore } from './folder-object-store.js';
import { type ObjectStore } from './object-store.port.js';
import { S3ObjectStore } from './s3-object-store.js';
import { parseS3Url } from './s3-url.js';

/** The configured object stores by name. */
export class ObjectStores {
  constructor(private readonly stores: ReadonlyMap<string, ObjectStore>) {}

  get names(): readonly string[] {
    return [...this.stores.keys()];
  }

  /** @throws PipelineError STORE_UNKNOWN, which lists the known names */
  get(name: string): ObjectStore {
    const store = this.stores.get(name);
    if (store) return store;
    throw new PipelineError(
      'STORE_UNKNOWN',
      `there is no store ${name}; STORES names ${this.names.join(', ')}`,
      { stage: 'fetch', class: 'quarantine', httpStatus: 404, details: { known: this.names } },
    );
  }
}

/**
 * Creates a store for each URL of the STORES setting. Does not connect yet.
 * @throws PipelineError STORE_URL_INVALID
 */
export function openStores(urls: ReadonlyMap<string, URL>, addresses: AddressPolicy): ObjectStores {
  const opened = [...urls].map(([name, url]) => [name, openStore(url, addresses)] as const);
  return new ObjectStores(new Map(opened));
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
