import type * as TensorFlow from '@tensorflow/tfjs';
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type TensorflowRuntime } from './engine.port.js';

// Every build of TensorFlow.js is CommonJS, so it is required, by a name that is known only at run time:
// none of them is a dependency that has to be installed.
const require = createRequire(import.meta.url);

const WASM_PACKAGE = '@tensorflow/tfjs-backend-wasm';

const PROBE = fileURLToPath(new URL('./tensorflow-probe.process.js', import.meta.url));
/** Loading CUDA takes seconds on a cold disk. */
const TIMEOUT_MS = 60_000;
/** Characters of its output that are worth showing. */
const OUTPUT_TAIL = 500;

interface LoadedTensorflow {
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

export type ProbeAnswer =
  | { readonly ok: true; readonly description: string; readonly onGpu: boolean }
  | { readonly ok: false; readonly reason: string };

/** Loads a build of TensorFlow.js in a process of its own and tells how that went; never rejects. */
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
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
