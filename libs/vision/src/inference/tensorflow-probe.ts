import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type TensorflowRuntime } from './network-artifact.js';

export type ProbeAnswer =
  | { readonly ok: true; readonly description: string; readonly onGpu: boolean }
  | { readonly ok: false; readonly reason: string };

const PROBE = fileURLToPath(new URL('./tensorflow-probe.process.js', import.meta.url));
/** Loading CUDA takes seconds on a cold disk. */
const TIMEOUT_MS = 60_000;
/** Characters of its output that are worth showing. */
const OUTPUT_TAIL = 500;

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
