/** Reads a Keras .h5 file of weights. The HDF5 library runs in a thread of its own. */
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { askThread } from '../ask-thread.js';
import {
  kerasError,
  type KerasWeights,
  type ReadReply,
  type ReadRequest,
} from './keras-weights.js';
import { type Network } from './network.js';

/** Maximum file size. A full FaceNet model with optimizer state has 300 MB. */
const MAX_BYTES = 512 * 1024 * 1024;

/** 200 times the duration for FaceNet. A file that takes longer is malicious. */
const TIMEOUT_MS = 120_000;

const THREAD = new URL('./read-keras-weights.thread.js', import.meta.url);

/** First bytes of an HDF5 file. */
const HDF5_SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
const ZIP_SIGNATURE = Buffer.from('PK\x03\x04', 'latin1');

interface KerasNetwork {
  /** The candidate that the file contains. */
  readonly network: Network;
  readonly weights: KerasWeights;
  /** Architecture of a full model as JSON; null when the file has none. */
  readonly modelConfig: string | null;
  /** sha256 of the file, hex. */
  readonly sha256: string;
}

/**
 * Reads the weights of a network from a Keras .h5 file with weights only or with a full model.
 * @param candidates networks that the file may contain, which differ only in the last layer
 * @throws PipelineError KERAS_FILE_INVALID, KERAS_FILE_UNSUPPORTED or KERAS_LAYOUT_MISMATCH, with the first
 *   problem
 */
export async function readKerasWeights(
  file: string,
  candidates: readonly Network[],
): Promise<KerasNetwork> {
  const name = path.basename(file);
  const bytes = await readWhole(file);
  refuseOtherFormats(name, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const request: ReadRequest = { bytes, candidates };
  let reply: ReadReply;
  try {
    const options = { timeoutMs: TIMEOUT_MS, transfer: [bytes.buffer] };
    reply = await askThread<ReadReply>(THREAD, request, options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${name} cannot be read: it crashed the HDF5 reader (${reason}); download or convert it again`;
    throw kerasError('KERAS_FILE_INVALID', message, { file: name }, error);
  }
  if (reply.kind === 'read') {
    const { network, tensors, modelConfig } = reply;
    return { network, weights: tensors, modelConfig, sha256 };
  }
  throw new PipelineError(reply.code, `${name} cannot be imported: ${reply.message}`, {
    stage: 'models',
    class: 'quarantine',
    details: { file: name, ...reply.details },
  });
}

/** @throws PipelineError KERAS_FILE_INVALID */
async function readWhole(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const name = path.basename(file);
  const refused = (problem: string, cause?: unknown) =>
    kerasError('KERAS_FILE_INVALID', `${name} ${problem}`, { file: name }, cause);
  try {
    // Checked before opening, because opening a named pipe would wait for a writer.
    if (!(await stat(file)).isFile()) throw refused('is not a regular file');
    await using handle = await open(file);
    const { size } = await handle.stat();
    if (size > MAX_BYTES)
      throw refused(`is larger than ${MAX_BYTES} bytes, more than any FaceNet model`);
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size;) {
      const { bytesRead } = await handle.read(bytes, at, size - at, at);
      if (bytesRead === 0) throw refused('was truncated while it was read');
      at += bytesRead;
    }
    return bytes;
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw refused(`cannot be opened: ${reason}`, error);
  }
}

function refuseOtherFormats(name: string, bytes: Uint8Array): void {
  const starts = (signature: Buffer) => signature.equals(bytes.subarray(0, signature.length));
  if (starts(HDF5_SIGNATURE)) return;
  if (starts(ZIP_SIGNATURE)) {
    const message = `${name} is a zip archive, the format of Keras 3; load it in Keras and save it in the older format: model.save('facenet.h5')`;
    throw kerasError('KERAS_FILE_UNSUPPORTED', message, { file: name });
  }
  const message = `${name} is not an HDF5 file; download it again: a failed download often saves a web page instead`;
  throw kerasError('KERAS_FILE_INVALID', message, { file: name });
}

/** Whether a file is a Keras file, by its name or its first bytes. */
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
