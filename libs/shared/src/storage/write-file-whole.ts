import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { TEMPORARY_PREFIX } from './folder-keys.js';

/**
 * Writes a file so that nobody ever sees half of it, not even after a power cut.
 * @param replace false: fails with EEXIST when the file is there by now
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
