import { createRequire } from 'node:module';
import path from 'node:path';
import type * as TensorFlow from '@tensorflow/tfjs';
import { type TensorflowRuntime } from './network-artifact.js';

// Every build of TensorFlow.js is CommonJS, so it is required, by a name that is known only at run time:
// none of them is a dependency that has to be installed.
const require = createRequire(import.meta.url);

const WASM_PACKAGE = '@tensorflow/tfjs-backend-wasm';

export interface LoadedTensorflow {
  readonly tf: typeof TensorFlow;
  /** Package, version and backend, for people. */
  readonly description: string;
  /** Whether TensorFlow computes on a GPU; only its native library can. */
  readonly onGpu: boolean;
}

/**
 * Loads a build of TensorFlow.js and starts its backend in this thread.
 * @throws Error in the package's words: it is not there, or its native library does not load
 */
export async function loadTensorflow(runtime: TensorflowRuntime): Promise<LoadedTensorflow> {
  const { package: name, backend } = runtime;
  const tf = require(name) as typeof TensorFlow;
  // Else it recommends other builds of itself on the console.
  tf.enableProdMode();
  if (backend === 'wasm') {
    const wasm = require(WASM_PACKAGE) as { setWasmPaths(folder: string): void };
    wasm.setWasmPaths(`${path.dirname(require.resolve(WASM_PACKAGE))}/`);
  }
  if (!(await tf.setBackend(backend))) {
    throw new Error(`${name} has no backend ${backend} that starts here`);
  }
  await tf.ready();
  const { isUsingGpuDevice } = tf.backend() as { isUsingGpuDevice?: boolean };
  return {
    tf,
    description: `${name} ${tf.version.tfjs}, backend ${tf.getBackend()}`,
    onGpu: isUsingGpuDevice === true,
  };
}
