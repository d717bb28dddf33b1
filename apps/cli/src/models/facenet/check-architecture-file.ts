import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { checkArchitecture } from './keras-architecture.js';
import { kerasError } from './keras-error.js';
import { type Network } from './network.js';

/** FaceNet's takes 200 kB. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Checks a model.json, as it comes beside a model.h5.
 * @throws PipelineError KERAS_FILE_INVALID or KERAS_ARCHITECTURE_MISMATCH
 */
export async function checkArchitectureFile(file: string, network: Network): Promise<void> {
  const name = path.basename(file);
  let json: string;
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    json = await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${name} cannot be read: ${reason}`;
    throw kerasError('KERAS_FILE_INVALID', message, { file: name }, error);
  }
  checkArchitecture(json, network, name);
}
