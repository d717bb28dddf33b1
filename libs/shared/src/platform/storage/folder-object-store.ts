import { lstat, realpath, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { PipelineError } from '../../contracts/pipeline-error.js';
import { type SkipReason } from '../../contracts/skip-reason.js';
import { HeldFolder, fileInfo, readFileLimited, writeFileWhole } from './folder-files.js';
import {
  assertFolderKey,
  assertFolderPrefix,
  FolderWalk,
  isTooLong,
  type WalkEntry,
} from './folder-walk.js';
import {
  objectKeyInvalid,
  objectNotFound,
  storeAccessDenied,
  storeUnavailable,
  type GetOptions,
  type ObjectInfo,
  type ObjectPage,
  type ObjectStore,
  type SkippedEntry,
} from './object-store.port.js';

/** Converts the error of a file operation on `key`. */
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
      return objectKeyInvalid(key, 'is already used by something that is not a file', error);
    case 'EACCES':
    case 'EPERM':
      return storeAccessDenied(`no permission: ${message}`, 'retry', error);
    default:
      return storeUnavailable(message, error);
  }
}

/** Maximum number of listings kept open between pages, so that a folder of a million files is read once. */
const MAX_OPEN_WALKS = 8;

/** Maximum number of concurrent stats; each keeps a folder open. */
const STAT_CONCURRENCY = 64;

/** Maximum number of attempts when other processes create the same key at the same time. */
const MAX_PUT_ATTEMPTS = 3;

/**
 * Objects in a folder: keys are paths below it, versions are size and modification time (ns). Nothing
 * outside of the folder is read or written, not even through links that change meanwhile. Hard links are
 * treated like any other file.
 */
export class FolderObjectStore implements ObjectStore {
  private readonly walks = new Map<string, FolderWalk>();

  /** @param root absolute path of a folder; if it is missing, it counts as not mounted yet */
  constructor(private readonly root: string) {}

  async list(prefix: string, options: { cursor?: string; limit: number }): Promise<ObjectPage> {
    assertFolderPrefix(prefix);
    await this.check();
    const walk = this.takeWalk(prefix, options.cursor ?? '');
    const entries: WalkEntry[] = [];
    let last: WalkEntry | null = null;
    try {
      while (entries.length < options.limit && (last = await walk.next()) !== null) {
        entries.push(last);
      }
    } catch (error) {
      throw folderError(error, prefix);
    }
    const cursor = last?.place ?? null;
    if (cursor !== null) this.keepWalk(prefix, cursor, walk);
    const found = await pMap(entries, (entry) => this.describe(entry), {
      concurrency: STAT_CONCURRENCY,
    });
    const present = found.filter((entry) => entry !== null);
    return {
      objects: present.filter((entry) => 'version' in entry),
      skipped: present.filter((entry) => 'reason' in entry),
      cursor,
    };
  }

  async stat(key: string): Promise<ObjectInfo> {
    // lstat, because a link that was created since the path was resolved must not be followed.
    return this.onFile(key, async (file) => fileInfo(key, await lstat(file, { bigint: true })));
  }

  async get(key: string, options: GetOptions): Promise<Buffer> {
    options.signal?.throwIfAborted();
    return this.onFile(key, (file) => readFileLimited(file, key, options));
  }

  async put(key: string, bytes: Buffer): Promise<ObjectInfo> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.putOnce(key, bytes);
      } catch (error) {
        const isRace = (error as NodeJS.ErrnoException).code === 'EEXIST';
        if (!isRace || attempt === MAX_PUT_ATTEMPTS) throw folderError(error, key);
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

  private async putOnce(key: string, bytes: Buffer): Promise<ObjectInfo> {
    const present = await this.getIfPresent(key, bytes.length);
    const isSame = present !== 'other' && present?.equals(bytes);
    if (!isSame) {
      await this.inFolderOf(key, 'make', (folder, name) =>
        writeFileWhole(path.join(folder, name), bytes, present !== null),
      );
    }
    return this.stat(key);
  }

  private takeWalk(prefix: string, cursor: string): FolderWalk {
    const name = JSON.stringify([prefix, cursor]);
    const walk = this.walks.get(name);
    this.walks.delete(name);
    return walk ?? new FolderWalk(this.root, prefix, cursor);
  }

  private keepWalk(prefix: string, cursor: string, walk: FolderWalk): void {
    this.walks.set(JSON.stringify([prefix, cursor]), walk);
    if (this.walks.size <= MAX_OPEN_WALKS) return;
    const [oldest] = this.walks.keys();
    this.walks.delete(oldest!);
  }

  /** Null for a file that is gone since its folder was read. */
  private async describe({ key, kind }: WalkEntry): Promise<ObjectInfo | SkippedEntry | null> {
    if (kind !== 'file' && kind !== 'link') return { key, reason: kind };
    try {
      return await this.stat(key);
    } catch (error) {
      const failure = folderError(error, key);
      const { code } = failure;
      if (code === 'STORE_ACCESS_DENIED') return { key, reason: 'no-permission' };
      if (isTooLong(failure.cause)) return { key, reason: 'path-too-long' };
      if (code !== 'OBJECT_NOT_FOUND' && code !== 'OBJECT_KEY_INVALID') throw error;
      const reason = await this.whyNoFile(key, code);
      return reason && { key, reason };
    }
  }

  /** Why a link does not lead to a file of this store; null when there is no link (any more). */
  private async whyNoFile(key: string, code: string): Promise<SkipReason | null> {
    const place = path.join(this.root, key);
    if (!(await lstat(place).catch(() => null))?.isSymbolicLink()) return null;
    const target = await stat(place).catch(() => null);
    if (target === null) return 'broken-link';
    if (target.isDirectory()) return 'link-to-folder';
    return code === 'OBJECT_KEY_INVALID' ? 'link-outside' : 'special-file';
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

  /** Runs `action` on the file of a key, after following links. */
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
      // If the whole folder is missing, its files are not lost but unavailable.
      if (failure.code === 'OBJECT_NOT_FOUND') await this.check();
      throw failure;
    }
  }

  /** Runs `action` on the folder of a key and the file name in it; a link of that name is not followed. */
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

  /** Opens a folder, then checks that it is inside the store: its path may have changed meanwhile. */
  private async hold(folder: string, key: string): Promise<HeldFolder> {
    const [root, held] = await Promise.all([realpath(this.root), HeldFolder.open(folder)]);
    const { real } = held;
    if (real === root || real.startsWith(root.endsWith('/') ? root : `${root}/`)) return held;
    await held.close();
    throw objectKeyInvalid(key, 'leads out of the store');
  }
}
