import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import {
  identify,
  isRunning,
  processIdentitySchema,
} from '#shared/platform/runtime/process-identity.js';

/** Where a pack that is being replaced is put while the new one takes its place. */
export const REPLACED = 'replaced';

const OWNER_FILE = 'owner.json';
/** `.NAME-` and six letters of mkdtemp. */
const WORKSPACE = /^\.([a-z0-9][a-z0-9._-]*)-[A-Za-z0-9]{6}$/;
/** Of a folder whose owner cannot be asked: one of another machine, or of a process that died at once. */
const ABANDONED_MS = 24 * 3600_000;

const ownerSchema = z.object({ host: z.string(), process: processIdentitySchema });

/**
 * Runs `work` with a hidden folder beside the packs, `.NAME-xxxxxx`, and takes the folder away. What a
 * process that was killed has left of one, `removeLeftovers` clears.
 */
export async function withWorkspace<T>(
  modelsDir: string,
  name: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await mkdir(modelsDir, { recursive: true });
  const folder = await mkdtemp(path.join(modelsDir, `.${name}-`));
  try {
    const owner = { host: os.hostname(), process: identify(process.pid) };
    await writeFile(path.join(folder, OWNER_FILE), JSON.stringify(owner));
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Clears what installations that were killed have left behind. A pack that one of them had put aside
 * and not yet replaced comes back.
 */
export async function removeLeftovers(modelsDir: string): Promise<void> {
  const entries = await readdir(modelsDir).catch(() => []);
  for (const entry of entries) {
    const name = WORKSPACE.exec(entry)?.[1];
    const folder = path.join(modelsDir, entry);
    if (name === undefined || !(await isLeftBehind(folder))) continue;
    await bringBack(path.join(folder, REPLACED), path.join(modelsDir, name));
    await rm(folder, { recursive: true, force: true });
  }
}

async function isLeftBehind(folder: string): Promise<boolean> {
  const owner = await readFile(path.join(folder, OWNER_FILE), 'utf8').then(
    (text) => ownerSchema.safeParse(parseJson(text)).data,
    () => undefined,
  );
  if (owner?.host === os.hostname()) return !isRunning(owner.process);
  const made = await stat(folder).catch(() => null);
  return made !== null && Date.now() - made.mtimeMs > ABANDONED_MS;
}

async function bringBack(aside: string, place: string): Promise<void> {
  if (await stat(place).catch(() => null)) return;
  await rename(aside, place).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
