/** Moves a complete pack into the models folder atomically. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type Manifest, manifestSchema } from '../packs/manifest.js';
import { MANIFEST_FILE, readPack } from '../packs/read-pack.js';
import { REPLACED, withWorkspace } from './workspace.js';

/** Maximum number of attempts when other processes install the same pack at the same time. */
const MAX_ATTEMPTS = 32;

export type InstallOutcome = 'already-there' | 'installed' | 'replaced';

export interface PlaceOptions {
  /** Replace another complete pack of the same name. */
  readonly force: boolean;
  /**
   * Called before the pack is moved into place, with its parent folder and its name. If it throws, nothing
   * is installed.
   */
  readonly check?: (modelsDir: string, name: string) => Promise<void>;
}

/**
 * Writes the files of a pack to `modelsDir`/`name` atomically: at any time there is the complete new pack
 * or the old one. A complete old pack is only replaced with `force`, a damaged one always.
 * @param files the manifest and all files that it names
 * @throws PipelineError MODEL_PACK_EXISTS when another complete pack has the name, MODEL_PACK_DAMAGED
 *   when the files do not match the manifest
 */
export async function placePack(
  modelsDir: string,
  name: string,
  files: ReadonlyMap<string, Buffer>,
  options: PlaceOptions,
): Promise<InstallOutcome> {
  if (!options.force) {
    const present = await installedManifest(modelsDir, name);
    if (present) return keep(name, present, files);
  }
  return withWorkspace(modelsDir, name, async (workspace) => {
    const fresh = path.join(workspace, name);
    await mkdir(fresh);
    for (const [file, bytes] of files) await writeFile(path.join(fresh, file), bytes);
    await readPack(workspace, name);
    await options.check?.(workspace, name);
    return putInPlace(fresh, path.join(modelsDir, name), path.join(workspace, REPLACED));
  });
}

/** Null when there is no pack of that name, or only a damaged one. */
async function installedManifest(modelsDir: string, name: string): Promise<Manifest | null> {
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
  const wanted = manifestSchema.parse(JSON.parse(files.get(MANIFEST_FILE)!.toString()));
  if (isSameNetwork(present, wanted)) return 'already-there';
  throw new PipelineError(
    'MODEL_PACK_EXISTS',
    `another model pack ${name} is already installed; choose another name with --name, or replace it with --force`,
    { stage: 'models', class: 'quarantine', httpStatus: 409, details: { name } },
  );
}

/**
 * Two renames. A running service has loaded its networks already, so the moment between them does no
 * harm. If another process installs the same pack in between, its pack is replaced in the next attempt.
 */
async function putInPlace(
  fresh: string,
  target: string,
  replacedPath: string,
): Promise<'installed' | 'replaced'> {
  let replaced = false;
  try {
    for (let attempt = 1; ; attempt++) {
      await rm(replacedPath, { recursive: true, force: true });
      if (await tryRename(target, replacedPath, ['ENOENT'])) replaced = true;
      if (await tryRename(fresh, target, attempt < MAX_ATTEMPTS ? ['ENOTEMPTY', 'EEXIST'] : [])) {
        return replaced ? 'replaced' : 'installed';
      }
    }
  } catch (error) {
    await tryRename(replacedPath, target, ['ENOENT', 'ENOTEMPTY', 'EEXIST']);
    throw error;
  }
}

/** Renames. False when that fails with one of the expected error codes. */
async function tryRename(from: string, to: string, expected: readonly string[]): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (!expected.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  }
}

/** Whether two manifests describe the same networks. Ignores thresholds, which the user may have calibrated. */
export function isSameNetwork(one: Manifest, other: Manifest): boolean {
  return isDeepStrictEqual(uncalibrated(one), uncalibrated(other));
}

function uncalibrated(manifest: Manifest): Manifest {
  return manifest.task === 'embedding'
    ? { ...manifest, normalisation: null, calibrations: [] }
    : manifest;
}
