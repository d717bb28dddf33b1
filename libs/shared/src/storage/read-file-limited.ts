import { constants, type BigIntStats } from 'node:fs';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { objectChanged, objectNotFound, objectTooLarge } from './object-errors.js';
import { type GetOptions, type ObjectInfo } from './object-store.port.js';

// No waiting for the writer of a pipe, and no link swapped in after the path was resolved.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Reads a file whose size and version are as promised, before and after. */
export async function readFileLimited(
  file: string,
  key: string,
  options: GetOptions,
): Promise<Buffer> {
  // Opening a device can do something, opening a pipe wakes its writer.
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

/** @throws PipelineError OBJECT_NOT_FOUND for what is no regular file */
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
