import { open } from 'node:fs/promises';
import path from 'node:path';
import { HDF5_SIGNATURE } from './facenet/read-keras-weights.js';

/** Whether a file is for the importer of Keras weights: by its content, or at least by its name. */
export async function isKerasFile(file: string): Promise<boolean> {
  if (/^\.(h5|hdf5|keras)$/i.test(path.extname(file))) return true;
  const handle = await open(file).catch(() => null);
  if (!handle) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HDF5_SIGNATURE.length));
    return bytesRead === HDF5_SIGNATURE.length && buffer.equals(HDF5_SIGNATURE);
  } finally {
    await handle.close();
  }
}
