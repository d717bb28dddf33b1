import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { usageError, type PipelineError } from '#shared/contracts/pipeline-error.js';
import { writeFileWhole } from '#shared/platform/storage/folder-files.js';

/** What a file needs at least to be written: less room than this means a full disk. */
const PROBE = Buffer.alloc(64 * 1024);

/**
 * Creates the data folder if it is missing, and writes a file into it.
 * @throws PipelineError DATA_DIR_UNUSABLE, DISK_FULL
 */
export async function prepareDataFolder(dataDir: string): Promise<void> {
  const probe = path.join(dataDir, `.write-probe-${process.pid}`);
  try {
    const found = await stat(dataDir).catch(() => null);
    if (found && !found.isDirectory()) throw new Error('it is a file, not a folder');
    await mkdir(dataDir, { recursive: true });
    await writeFileWhole(probe, PROBE, true);
  } catch (error) {
    throw unusable(dataDir, error as NodeJS.ErrnoException);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

function unusable(dataDir: string, error: NodeJS.ErrnoException): PipelineError {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return usageError(
      'DISK_FULL',
      `there is no room left for the data folder ${dataDir}; free some, or choose another folder with SIGHTLINE_DATA_DIR`,
      error,
    );
  }
  return usageError(
    'DATA_DIR_UNUSABLE',
    `the data folder ${dataDir} cannot be used: ${error.message}; repair it, or choose another folder with SIGHTLINE_DATA_DIR`,
    error,
  );
}
