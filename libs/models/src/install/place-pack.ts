import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type Manifest, manifestSchema } from '../packs/manifest.js';
import { MANIFEST_FILE, readPack } from '../packs/read-pack.js';
import { REPLACED, withWorkspace } from './workspace.js';

/** Processes that install the same pack at once; each has its turn. */
const MOST_AT_ONCE = 32;

export type InstallOutcome = 'already-there' | 'installed' | 'replaced';

export interface PlaceOptions {
  /** Replace another whole pack of the name. */
  readonly force: boolean;
  /**
   * Gets the folder that the whole pack lies in, and the pack's name, before it takes its place; what it
   * throws prevents that.
   */
  readonly check?: (modelsDir: string, name: string) => Promise<void>;
}

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
  options: PlaceOptions,
): Promise<InstallOutcome> {
  if (!options.force) {
    const present = await wholeManifest(modelsDir, name);
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
  const wanted = manifestSchema.parse(JSON.parse(files.get(MANIFEST_FILE)!.toString()));
  if (isSameNetwork(present, wanted)) return 'already-there';
  throw new PipelineError(
    'MODEL_PACK_EXISTS',
    `there is another model pack ${name}; give this one a name of its own with --name, or replace it with --force`,
    { stage: 'models', class: 'quarantine', httpStatus: 409, details: { name } },
  );
}

/**
 * A running service has its networks in memory already, so it never sees the moment between the renames.
 * Whoever else installs the pack at the same time may be first; then theirs is replaced in turn.
 */
async function putInPlace(
  fresh: string,
  target: string,
  aside: string,
): Promise<'installed' | 'replaced'> {
  let replaced = false;
  try {
    for (let turn = 1; ; turn++) {
      await rm(aside, { recursive: true, force: true });
      if (await moved(target, aside, ['ENOENT'])) replaced = true;
      if (await moved(fresh, target, turn < MOST_AT_ONCE ? ['ENOTEMPTY', 'EEXIST'] : [])) {
        return replaced ? 'replaced' : 'installed';
      }
    }
  } catch (error) {
    await moved(aside, target, ['ENOENT', 'ENOTEMPTY', 'EEXIST']);
    throw error;
  }
}

/** False when it was not, for one of the reasons expected. */
async function moved(from: string, to: string, expected: readonly string[]): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (!expected.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  }
}

/** Whether two manifests describe the same pack. Thresholds are left out: calibrating is the user's affair. */
export function isSameNetwork(one: Manifest, other: Manifest): boolean {
  return isDeepStrictEqual(uncalibrated(one), uncalibrated(other));
}

function uncalibrated(manifest: Manifest): Manifest {
  return manifest.task === 'embedding'
    ? { ...manifest, normalisation: null, calibrations: [] }
    : manifest;
}
