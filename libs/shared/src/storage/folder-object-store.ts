import { realpath, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { folderError } from './folder-errors.js';
import { assertFolderKey, assertFolderPrefix } from './folder-keys.js';
import { FolderWalk } from './folder-walk.js';
import { objectKeyInvalid, storeUnavailable } from './object-errors.js';
import {
  type GetOptions,
  type ObjectInfo,
  type ObjectPage,
  type ObjectStore,
} from './object-store.port.js';
import { fileInfo, readFileLimited } from './read-file-limited.js';
import { writeFileWhole } from './write-file-whole.js';

/** Listings kept open between two pages, so that a folder of a million files is read once. */
const OPEN_WALKS = 8;

/** Writers of one new key that may get in each other's way before one gives up. */
const PUT_ATTEMPTS = 3;

/**
 * Objects in a folder: keys are paths below it, versions are size and modification time (ns).
 * Nothing outside the folder is read or written, also not through links.
 */
export class FolderObjectStore implements ObjectStore {
  private readonly walks = new Map<string, FolderWalk>();

  /** @param root absolute path of a folder that is there; one that is missing is not mounted yet */
  constructor(private readonly root: string) {}

  async list(prefix: string, options: { cursor?: string; limit: number }): Promise<ObjectPage> {
    assertFolderPrefix(prefix);
    await this.check();
    const walk = this.takeWalk(prefix, options.cursor ?? '');
    const keys: string[] = [];
    let last: string | null = null;
    try {
      while (keys.length < options.limit && (last = await walk.next()) !== null) keys.push(last);
    } catch (error) {
      throw folderError(error, prefix);
    }
    if (last !== null) this.keepWalk(prefix, last, walk);
    const found = await Promise.all(keys.map((key) => this.statListed(key)));
    return { objects: found.filter((info) => info !== null), cursor: last };
  }

  async stat(key: string): Promise<ObjectInfo> {
    return this.onFile(key, async (file) => fileInfo(key, await stat(file, { bigint: true })));
  }

  async get(key: string, options: GetOptions): Promise<Buffer> {
    options.signal?.throwIfAborted();
    return this.onFile(key, (file) => readFileLimited(file, key, options));
  }

  async put(key: string, bytes: Buffer): Promise<ObjectInfo> {
    for (let attempt = 1; ; attempt++) {
      const present = await this.getIfPresent(key, bytes.length);
      if (present !== 'other' && present?.equals(bytes)) return this.stat(key);
      try {
        await writeFileWhole(await this.placeFor(key), bytes, present !== null);
        return await this.stat(key);
      } catch (error) {
        const raced = (error as NodeJS.ErrnoException).code === 'EEXIST';
        if (!raced || attempt === PUT_ATTEMPTS) throw folderError(error, key);
      }
    }
  }

  async delete(key: string): Promise<void> {
    try {
      await unlink(await this.placeFor(key));
    } catch (error) {
      const failure = folderError(error, key);
      if (failure.code !== 'OBJECT_NOT_FOUND') throw failure;
    }
  }

  async check(): Promise<void> {
    const found = await stat(this.root).catch(() => null);
    if (found?.isDirectory()) return;
    throw storeUnavailable(`there is no folder ${this.root}; create or mount it`);
  }

  private takeWalk(prefix: string, cursor: string): FolderWalk {
    const name = JSON.stringify([prefix, cursor]);
    const walk = this.walks.get(name);
    this.walks.delete(name);
    return walk ?? new FolderWalk(this.root, prefix, cursor);
  }

  private keepWalk(prefix: string, cursor: string, walk: FolderWalk): void {
    this.walks.set(JSON.stringify([prefix, cursor]), walk);
    if (this.walks.size <= OPEN_WALKS) return;
    const [oldest] = this.walks.keys();
    this.walks.delete(oldest!);
  }

  /** Null for what is gone again, a link to nowhere, or one that leads out of the store. */
  private async statListed(key: string): Promise<ObjectInfo | null> {
    try {
      return await this.stat(key);
    } catch (error) {
      const { code } = folderError(error, key);
      if (code === 'OBJECT_NOT_FOUND' || code === 'OBJECT_KEY_INVALID') return null;
      throw error;
    }
  }

  private async getIfPresent(key: string, maxBytes: number): Promise<Buffer | 'other' | null> {
    try {
      return await this.get(key, { maxBytes });
    } catch (error) {
      const failure = folderError(error, key);
      if (failure.code === 'OBJECT_NOT_FOUND') return null;
      if (failure.code === 'OBJECT_TOO_LARGE' || failure.code === 'OBJECT_CHANGED') return 'other';
      throw failure;
    }
  }

  /** Runs `action` on the real path of a key. */
  private async onFile<T>(key: string, action: (file: string) => Promise<T>): Promise<T> {
    assertFolderKey(key);
    try {
      const file = await realpath(path.join(this.root, key));
      await this.assertInside(file, key);
      return await action(file);
    } catch (error) {
      const failure = folderError(error, key);
      // Files of a folder that is not there at all are not lost, only out of reach.
      if (failure.code === 'OBJECT_NOT_FOUND') await this.check();
      throw failure;
    }
  }

  /** The path of a key, last link not followed; its nearest folder that exists must lie in the store. */
  private async placeFor(key: string): Promise<string> {
    assertFolderKey(key);
    await this.check();
    const place = path.join(this.root, key);
    for (let folder = path.dirname(place); ; folder = path.dirname(folder)) {
      const real = await realpath(folder).catch(() => null);
      if (real === null) continue;
      await this.assertInside(real, key);
      return place;
    }
  }

  private async assertInside(real: string, key: string): Promise<void> {
    const root = await realpath(this.root);
    if (real === root || real.startsWith(root.endsWith('/') ? root : `${root}/`)) return;
    throw objectKeyInvalid(key, 'leads out of the store');
  }
}
