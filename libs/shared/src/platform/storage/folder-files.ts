import { randomUUID } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import {
  mkdir,
  open,
  readlink,
  realpath,
  type FileHandle,
  lstat,
  link,
  rename,
  rm,
} from 'node:fs/promises';
import path from 'node:path';
import { TEMPORARY_PREFIX } from './folder-walk.js';
import {
  objectChanged,
  objectNotFound,
  objectTooLarge,
  type GetOptions,
  type ObjectInfo,
} from './object-store.port.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * An open folder. Operations through it happen in this folder, even if its path is replaced by a link
 * meanwhile.
 */
export class HeldFolder {
  private constructor(
    private readonly handle: FileHandle,
    /** Its real path, read after it was opened. */
    readonly real: string,
    /** Path to reach its entries: on Linux a path of the open file in /proc, elsewhere `real`. */
    readonly path: string,
  ) {}

  /** @param folder links in it are followed, but not in its last part */
  static async open(folder: string): Promise<HeldFolder> {
    const handle = await open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      if (process.platform !== 'linux') {
        const real = await realpath(folder);
        return new HeldFolder(handle, real, real);
      }
      const held = `/proc/self/fd/${handle.fd}`;
      return new HeldFolder(handle, await readlink(held), held);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Opens a subfolder, and creates it if it is missing. Fails for a link. */
  async descend(name: string): Promise<HeldFolder> {
    const folder = path.join(this.path, name);
    await mkdir(folder).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    return HeldFolder.open(folder);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

// Does not wait for the writer of a pipe, and does not follow a link that was created after the path was resolved.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Reads a file, and checks its size and version before and after. */
export async function readFileLimited(
  file: string,
  key: string,
  options: GetOptions,
): Promise<Buffer> {
  // Opening a device can have side effects, opening a pipe wakes its writer.
  fileInfo(key, await lstat(file, { bigint: true }));
  const handle = await open(file, READ_FLAGS);
  try {
    const info = fileInfo(key, await handle.stat({ bigint: true }));
    if (info.size > options.maxBytes) throw objectTooLarge(key, info.size, options.maxBytes);
    const expected = options.version ?? info.version;
    if (info.version !== expected) throw objectChanged(key);
    const bytes = await readAll(handle, key, info.size, options.signal);
    const after = fileInfo(key, await handle.stat({ bigint: true }));
    if (after.version !== expected) throw objectChanged(key);
    return bytes;
  } finally {
    await handle.close();
  }
}

/** @throws PipelineError OBJECT_NOT_FOUND when it is not a regular file */
export function fileInfo(key: string, stats: BigIntStats): ObjectInfo {
  if (!stats.isFile()) throw objectNotFound(key);
  return {
    key,
    version: `${stats.size.toString(36)}-${stats.mtimeNs.toString(36)}`,
    size: Number(stats.size),
    lastModified: stats.mtime,
  };
}

async function readAll(
  handle: FileHandle,
  key: string,
  size: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  for (let at = 0; at < size;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(bytes, at, size - at, at);
    if (bytesRead === 0) throw objectChanged(key);
    at += bytesRead;
  }
  return bytes;
}

/**
 * Writes a file atomically, so that no reader sees a part of it, not even after a power failure.
 * @param replace false: fails with EEXIST when the file exists
 */
export async function writeFileWhole(file: string, bytes: Buffer, replace: boolean): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  const temporary = path.join(folder, `${TEMPORARY_PREFIX}${randomUUID()}`);
  try {
    await writeDurably(temporary, bytes);
    await (replace ? rename(temporary, file) : linkNew(temporary, file));
    await syncFolder(folder);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeDurably(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function linkNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // FAT and some network file systems have no hard links.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error;
    await rename(from, to);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
