import path from 'node:path';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { withWorkspace } from '../install/workspace.js';
import { download, type DownloadProgress } from './download.js';

/** Larger networks than any that embeds faces. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Runs `work` with a file of this machine: the one named, or what an https address gives, which must have
 * the sha256 told.
 * @param work gets the file, and words for where it comes from
 * @throws PipelineError MODEL_SOURCE_UNREACHABLE, MODEL_SOURCE_MISMATCH
 */
export async function withLocalFile<T>(
  place: string,
  sha256: string | undefined,
  modelsDir: string,
  onProgress: DownloadProgress,
  work: (file: string, source: string) => Promise<T>,
): Promise<T> {
  if (!/^https?:\/\//.test(place)) {
    if (sha256 === undefined) return work(path.resolve(place), path.basename(place));
    throw usageError('USAGE', '--sha256 goes with an address, not with a file of this machine');
  }
  if (sha256 === undefined) {
    throw usageError(
      'USAGE',
      `say with --sha256 what ${place} must give, as its publisher states it`,
    );
  }
  if (!URL.canParse(place)) throw usageError('USAGE', `${place} is no address`);
  return withWorkspace(modelsDir, 'download', async (folder) => {
    const { pathname } = new URL(place);
    const file = path.join(folder, path.posix.basename(pathname) || 'file');
    const source = { url: place, sha256, maxBytes: MAX_BYTES };
    await download(source, file, { onProgress });
    return work(file, `${place}, sha256 ${sha256}`);
  });
}
