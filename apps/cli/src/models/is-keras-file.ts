import { open } from 'node:fs/promises';
import path from 'node:path';

/** What an HDF5 file begins with. */
const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/** Whether a file is for the importer of Keras weights: by its content, or at least by its name. */
export async function isKerasFile(file: string): Promise<boolean> {
  if (/^\.(h5|hdf5|keras)$/i.test(path.extname(file))) return true;
  const handle = await open(file).catch(() => null);
  if (!handle) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(SIGNATURE.length));
    return bytesRead === SIGNATURE.length && buffer.equals(SIGNATURE);
  } finally {
    await handle.close();
  }
}
