/** Loads a build of TensorFlow.js, and tests in a child process whether that works on this machine. */
import type * as TensorFlow from '@tensorflow/tfjs';
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TensorflowRuntime } from './engine.port.js';

// All builds of TensorFlow.js are CommonJS. They are optional dependencies, so they are required by name
// at run time.
const require = createRequire(import.meta.url);

const WASM_PACKAGE = '@tensorflow/tfjs-backend-wasm';

const PROBE = fileURLToPath(new URL('./tensorflow-probe.process.js', import.meta.url));
/** Loading CUDA from a cold disk takes several seconds. */
const TIMEOUT_MS = 60_000;
/** Number of characters of the child's stderr that an error message shows. */
const OUTPUT_TAIL = 500;

interface LoadedTensorflow {
  readonly tf: typeof TensorFlow;
  /** Package, version and backend, for people. */
  readonly description: string;
  /** Whether TensorFlow computes on a GPU. Only the native library can. */
  readonly onGpu: boolean;
}

/**
 * Loads a build of TensorFlow.js and starts its backend in this thread.
 * @throws Error of the package: it is not installed, or its native library does not load
 */
export async function loadTensorflow(runtime: TensorflowRuntime): Promise<LoadedTensorflow> {
  const { package: name, backend } = runtime;
  const tf = require(name) as typeof TensorFlow;
  // Otherwise it advertises its other builds on the console.
  tf.enableProdMode();
  if (backend === 'wasm') {
    const wasm = require(WASM_PACKAGE) as { setWasmPaths(folder: string): void };
    wasm.setWasmPaths(`${path.dirname(require.resolve(WASM_PACKAGE))}/`);
  }
  if (!(await tf.setBackend(backend))) {
    throw new Error(`${name} cannot start its backend ${backend} on this machine`);
  }
  await tf.ready();
  const { isUsingGpuDevice } = tf.backend() as { isUsingGpuDevice?: boolean };
  return {
    tf,
    description: `${name} ${tf.version.tfjs}, backend ${tf.getBackend()}`,
    onGpu: isUsingGpuDevice === true,
  };
}

export type ProbeAnswer =
  | { readonly ok: true; readonly description: string; readonly onGpu: boolean }
  | { readonly ok: false; readonly reason: string };

/** Loads a build of TensorFlow.js in a child process and returns the result. Never rejects. */
export async function probeTensorflow(runtime: TensorflowRuntime): Promise<ProbeAnswer> {
  if (!isInstalled(runtime.package)) return { ok: false, reason: 'it is not installed' };
  const child = fork(PROBE, [JSON.stringify(runtime)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-OUTPUT_TAIL);
  });
  return new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as ProbeAnswer));
    child.once('error', ({ message }) => resolve({ ok: false, reason: message }));
    child.once('close', (code, signal) => {
      const end = signal ? `ended with ${signal}` : `exited with code ${code ?? 0}`;
      resolve({ ok: false, reason: `the process that loaded it ${end}: ${output.trim()}` });
    });
  });
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
