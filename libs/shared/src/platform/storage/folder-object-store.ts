import { lstat, realpath, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { HeldFolder, fileInfo, readFileLimited, writeFileWhole } from './folder-files.js';
import { assertFolderKey, assertFolderPrefix, FolderWalk } from './folder-walk.js';
import {
  objectKeyInvalid,
  objectNotFound,
  storeAccessDenied,
  storeUnavailable,
  type GetOptions,
  type ObjectInfo,
  type ObjectPage,
  type ObjectStore,
} from './object-store.port.js';

/** What a failed file operation on `key` means to the pipeline. */
function folderError(error: unknown, key: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ELOOP':
      return objectNotFound(key, error);
    case 'ENAMETOOLONG':
      return objectKeyInvalid(key, 'is too long for this file system', error);
    case 'EEXIST':
      return objectKeyInvalid(key, 'is taken by something that is no file', error);
    case 'EACCES':
    case 'EPERM':
      return storeAccessDenied(`no permission: ${message}`, 'retry', error);
    default:
      return storeUnavailable(message, error);
  }
}

/** Listings kept open between two pages, so that a folder of a million files is read once. */
const OPEN_WALKS = 8;

/** Each holds a folder open meanwhile. */
const STATS_AT_ONCE = 64;

/** Writers of one new key that may get in each other's way before one gives up. */
const PUT_ATTEMPTS = 3;

/**
 * Objects in a folder: keys are paths below it, versions are size and modification time (ns).
 * Nothing outside the folder is read or written, also not through links that change meanwhile. Hard
 * links are files like any other.
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
    const found: (ObjectInfo | null)[] = [];
    for (let at = 0; at < keys.length; at += STATS_AT_ONCE) {
      const some = keys.slice(at, at + STATS_AT_ONCE);
      found.push(...(await Promise.all(some.map((key) => this.statListed(key)))));
    }
    return { objects: found.filter((info) => info !== null), cursor: last };
  }

  async stat(key: string): Promise<ObjectInfo> {
    // A link that was put there since its path was followed is no file.
    return this.onFile(key, async (file) => fileInfo(key, await lstat(file, { bigint: true })));
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
        await this.inFolderOf(key, 'make', (folder, name) =>
          writeFileWhole(path.join(folder, name), bytes, present !== null),
        );
        return await this.stat(key);
      } catch (error) {
        const raced = (error as NodeJS.ErrnoException).code === 'EEXIST';
        if (!raced || attempt === PUT_ATTEMPTS) throw folderError(error, key);
      }
    }
  }

  async delete(key: string): Promise<void> {
    try {
      await this.inFolderOf(key, 'find', (folder, name) => unlink(path.join(folder, name)));
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

  /** Runs `action` on the file that a key names, links followed. */
  private async onFile<T>(key: string, action: (file: string) => Promise<T>): Promise<T> {
    assertFolderKey(key);
    try {
      const file = await realpath(path.join(this.root, key));
      const folder = await this.hold(path.dirname(file), key);
      try {
        return await action(path.join(folder.path, path.basename(file)));
      } finally {
        await folder.close();
      }
    } catch (error) {
      const failure = folderError(error, key);
      // Files of a folder that is not there at all are not lost, only out of reach.
      if (failure.code === 'OBJECT_NOT_FOUND') await this.check();
      throw failure;
    }
  }

  /** Runs `action` on the folder that a key lies in and its name there, which is not followed. */
  private async inFolderOf(
    key: string,
    mode: 'find' | 'make',
    action: (folder: string, name: string) => Promise<void>,
  ): Promise<void> {
    assertFolderKey(key);
    await this.check();
    const place = path.join(this.root, key);
    let above = path.dirname(place);
    let real: string | null;
    while ((real = await realpath(above).catch(() => null)) === null) above = path.dirname(above);
    const missing = path.relative(above, path.dirname(place)).split('/').filter(Boolean);
    if (missing.length > 0 && mode === 'find') throw objectNotFound(key);
    let folder = await this.hold(real, key);
    try {
      for (const name of missing) {
        const inner = await folder.descend(name);
        await folder.close();
        folder = inner;
      }
      await action(folder.path, path.basename(place));
    } finally {
      await folder.close();
    }
  }

  /** Asked when it is open: its path may lead elsewhere since it was found. */
  private async hold(folder: string, key: string): Promise<HeldFolder> {
    const [root, held] = await Promise.all([realpath(this.root), HeldFolder.open(folder)]);
    const { real } = held;
    if (real === root || real.startsWith(root.endsWith('/') ? root : `${root}/`)) return held;
    await held.close();
    throw objectKeyInvalid(key, 'leads out of the store');
  }
}
