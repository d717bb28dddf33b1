import { fork } from 'node:child_process';
import path from 'node:path';

/** Runs a contender in its own process, so that the runs do not influence each other. */
export function runContender(
  name: 'face-api' | 'loop' | 'batched',
  files: readonly string[],
): Promise<RunResult> {
  const child = fork(path.join(import.meta.dirname, 'contender.js'));
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as RunResult));
    child.once('exit', (code) => reject(new Error(`${name} exited with ${code ?? 'a signal'}`)));
    child.send({ name, files });
  });
}

export interface RunResult {
  readonly images: number;
  readonly faces: number;
  readonly seconds: number;
}
