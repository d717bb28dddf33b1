import * as tar from 'tar';
import { PipelineError } from '#shared/contracts/pipeline-error.js';

/**
 * Reads named regular files of a tarball into memory. Nothing is written, so no entry's path can lead
 * anywhere; links and entries nobody asked for are passed over.
 * @throws PipelineError TARBALL_ENTRY_MISSING naming what the tarball does not hold
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
    `the tarball holds no file ${missing.join(', ')}`,
    { stage: 'fetch', class: 'quarantine', details: { missing } },
  );
}
