import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type Manifest } from '#shared/models/manifest.js';
import { MANIFEST_FILE, readPack } from '#shared/models/read-pack.js';

export type InstallOutcome = 'already-there' | 'installed' | 'replaced';

/**
 * Puts a pack's files into `modelsDir`/`name`, all at once: there is the whole pack or what was there
 * before, never a part. A whole pack that is there is replaced only with `force`; a damaged one always.
 * @param files the manifest and all it names
 * @throws PipelineError MODEL_PACK_EXISTS when another whole pack has the name, MODEL_PACK_DAMAGED
 * when the files are not what their manifest says
 */
export async function placePack(
  modelsDir: string,
  name: string,
  files: ReadonlyMap<string, Buffer>,
  options: { readonly force: boolean },
): Promise<InstallOutcome> {
  if (!options.force) {
    const present = await wholeManifest(modelsDir, name);
    if (present) return keep(name, present, files);
  }
  await mkdir(modelsDir, { recursive: true });
  const workspace = await mkdtemp(path.join(modelsDir, `.${name}-`));
  try {
    const fresh = path.join(workspace, name);
    await mkdir(fresh);
    for (const [file, bytes] of files) await writeFile(path.join(fresh, file), bytes);
    await readPack(workspace, name);
    return await putInPlace(fresh, path.join(modelsDir, name), path.join(workspace, 'replaced'));
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** Null when there is no pack of the name, or a damaged one. */
async function wholeManifest(modelsDir: string, name: string): Promise<Manifest | null> {
  try {
    return (await readPack(modelsDir, name)).manifest;
  } catch (error) {
    if (error instanceof PipelineError) return null;
    throw error;
  }
}

function keep(
  name: string,
  present: Manifest,
  files: ReadonlyMap<string, Buffer>,
): 'already-there' {
  const text = files.get(MANIFEST_FILE)?.toString() ?? 'null';
  if (isDeepStrictEqual(present, JSON.parse(text))) return 'already-there';
  throw new PipelineError(
    'MODEL_PACK_EXISTS',
    `there is another model pack ${name}; give this one a name of its own with --name, or replace it with --force`,
    { stage: 'models', class: 'quarantine', httpStatus: 409, details: { name } },
  );
}

/** A running service has its networks in memory already, so it never sees the moment between the renames. */
async function putInPlace(
  fresh: string,
  target: string,
  aside: string,
): Promise<'installed' | 'replaced'> {
  const replaced = existsSync(target);
  if (replaced) await rename(target, aside);
  await rename(fresh, target);
  return replaced ? 'replaced' : 'installed';
}
