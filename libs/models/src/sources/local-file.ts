import path from 'node:path';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { withWorkspace } from '../install/workspace.js';
import { download, type DownloadProgress } from './download.js';

/** Bytes. Larger than any network that embeds faces. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Runs `work` with a local file: the given path, or the download of an https address, which must have the
 * given sha256. A download is removed afterwards.
 * @param work receives the path and a description of the source
 * @throws PipelineError MODEL_SOURCE_UNREACHABLE, MODEL_SOURCE_MISMATCH or USAGE
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
    throw usageError('USAGE', '--sha256 is only for an address, not for a file on this machine');
  }
  if (sha256 === undefined) {
    throw usageError(
      'USAGE',
      `give the sha256 that the publisher of ${place} states with --sha256`,
    );
  }
  if (!URL.canParse(place)) throw usageError('USAGE', `${place} is not a valid address`);
  return withWorkspace(modelsDir, 'download', async (folder) => {
    const { pathname } = new URL(place);
    const file = path.join(folder, path.posix.basename(pathname) || 'file');
    const source = { url: place, sha256, maxBytes: MAX_BYTES };
    await download(source, file, { onProgress });
    return work(file, `${place}, sha256 ${sha256}`);
  });
}
