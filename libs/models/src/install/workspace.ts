/**
 * Temporary folders next to the installed packs. They are on the same file system, so that a finished
 * pack can be moved into place by a rename.
 */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import {
  identify,
  isRunning,
  processIdentitySchema,
} from '#shared/platform/runtime/process-identity.js';

/** Sub-folder for the old pack while the new one is moved into place. */
export const REPLACED = 'replaced';

const OWNER_FILE = 'owner.json';
/** `.NAME-` and six characters of mkdtemp. */
const WORKSPACE = /^\.([a-z0-9][a-z0-9._-]*)-[A-Za-z0-9]{6}$/;
/** Age after which a folder counts as abandoned when its owner is unknown or on another machine. */
const ABANDONED_MS = 24 * 3600_000;

const ownerSchema = z.object({ host: z.string(), process: processIdentitySchema });

/**
 * Runs `work` with a hidden folder next to the packs, `.NAME-xxxxxx`, and removes it afterwards. If the
 * process is killed, `removeLeftovers` removes it later.
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
 * Removes the folders of processes that were killed. A pack that such a process had moved away and not
 * yet replaced is restored.
 */
export async function removeLeftovers(modelsDir: string): Promise<void> {
  const entries = await readdir(modelsDir).catch(() => []);
  for (const entry of entries) {
    const name = WORKSPACE.exec(entry)?.[1];
    const folder = path.join(modelsDir, entry);
    if (name === undefined || !(await isAbandoned(folder))) continue;
    await restore(path.join(folder, REPLACED), path.join(modelsDir, name));
    await rm(folder, { recursive: true, force: true });
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const owner = await readFile(path.join(folder, OWNER_FILE), 'utf8').then(
    (text) => ownerSchema.safeParse(parseJson(text)).data,
    () => undefined,
  );
  if (owner?.host === os.hostname()) return !isRunning(owner.process);
  const made = await stat(folder).catch(() => null);
  return made !== null && Date.now() - made.mtimeMs > ABANDONED_MS;
}

async function restore(replaced: string, place: string): Promise<void> {
  if (await stat(place).catch(() => null)) return;
  await rename(replaced, place).catch((error: unknown) => {
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
