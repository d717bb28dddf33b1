import { parentPort, workerData } from 'node:worker_threads';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { KerasFile } from './keras-file.js';
import { kerasError, type ReadReply, type ReadRequest } from './keras-weights.js';
import { matchLayout, type TensorPlace } from './match-layout.js';
import { sizeOf } from './network.js';

/** Reads one file. HDF5 is C code that reads untrusted files, so it runs in a thread that ends afterwards. */
async function read({ bytes, candidates }: ReadRequest): Promise<ReadReply> {
  let file: KerasFile | undefined;
  try {
    file = await KerasFile.open(bytes);
    const { network, places } = matchLayout(file.layers(), candidates);
    const modelConfig = file.modelConfig();
    const tensors = new Map<string, Float32Array>();
    const memory = sharedMemory(places);
    for (const place of places) {
      const name = `${place.layer}/${place.tensor}`;
      const values = memory(place);
      values.set(finite(file.read(place.path), place));
      tensors.set(name, values);
    }
    return { kind: 'read', network, modelConfig, tensors };
  } catch (error) {
    return refusal(error, file?.place ?? 'the start of the file');
  }
}

/** One shared buffer for all tensors, which threads can exchange without a copy. */
function sharedMemory(places: readonly TensorPlace[]): (place: TensorPlace) => Float32Array {
  const total = places.reduce((sum, place) => sum + sizeOf(place.shape), 0);
  const all = new Float32Array(new SharedArrayBuffer(total * Float32Array.BYTES_PER_ELEMENT));
  let at = 0;
  return (place) => all.subarray(at, (at += sizeOf(place.shape)));
}

function finite(values: Float32Array, place: TensorPlace): Float32Array {
  const { layer, tensor } = place;
  const lowest = tensor === 'moving_variance' ? 0 : -Number.MAX_VALUE;
  const index = values.findIndex((value) => !(value >= lowest && value <= Number.MAX_VALUE));
  if (index < 0) return values;
  const message = `${layer}/${tensor} has the invalid value ${values[index]!} at index ${index}`;
  throw kerasError('KERAS_FILE_INVALID', message, { layer, tensor });
}

function refusal(error: unknown, place: string): ReadReply {
  if (error instanceof PipelineError) {
    const { code, message, details } = error;
    return { kind: 'refused', code, message, details };
  }
  const message = `${place} is damaged (${innermost(error)}); download or convert it again`;
  return { kind: 'refused', code: 'KERAS_FILE_INVALID', message, details: {} };
}

/** The innermost line of HDF5's error stack describes the problem in the file. */
function innermost(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = [...text.matchAll(/#\d+: \S+ line \d+ in [^:]*: (.*)/g)];
  return lines.at(-1)?.[1] ?? text;
}

parentPort!.postMessage(await read(workerData as ReadRequest));
