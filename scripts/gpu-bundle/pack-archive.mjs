import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as tar from 'tar';
import { SetupError } from '../step.mjs';

/** Bytes. */
const LARGEST = 60_000_000;

/**
 * Packs `folder`/`name` into the .tar.xz file `target`. The same files give the same archive.
 * @param level of xz, 0 to 9
 * @returns its size in bytes
 * @throws SetupError if it is larger than 60 MB, with a list of the largest files
 */
export async function packArchive(folder, name, target, level) {
  const xz = spawn('xz', [`-${level}`, '--threads=0', '--stdout'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(xz, 'close');
  await Promise.all([
    pipeline(tar.create({ cwd: folder, portable: true, mtime: new Date(0) }, [name]), xz.stdin),
    pipeline(xz.stdout, createWriteStream(target)),
  ]);
  const [code] = await ended;
  if (code !== 0) throw new SetupError(`xz failed (exit code ${code})`);
  const { size } = statSync(target);
  if (size > LARGEST) {
    rmSync(target);
    throw new SetupError(tooLarge(size, path.join(folder, name)));
  }
  return size;
}

function tooLarge(size, folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ file: path.relative(folder, file), size: statSync(file).size }))
    .sort((a, b) => b.size - a.size);
  const largest = files.slice(0, 5).map(({ file, size }) => `  ${megabytes(size)} MB  ${file}`);
  return [
    `the archive has ${megabytes(size)} MB, the limit is ${megabytes(LARGEST)} MB. Largest files before compression:`,
    ...largest,
  ].join('\n');
}

export function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
