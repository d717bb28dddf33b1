import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { type BatchesAnswer, type BatchesRequest } from './run-batches.main.js';

/** Runs batches through an engine in a separate process. Rejects if that process crashes. */
export async function runBatches(request: BatchesRequest): Promise<BatchesAnswer> {
  const child = fork(path.join(import.meta.dirname, 'run-batches.main.js'), {
    execArgv: ['--expose-gc'],
    serialization: 'advanced',
  });
  const answer = once(child, 'message') as Promise<[BatchesAnswer]>;
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the process that runs batches exited with ${String(code)}`);
  });
  child.send(request);
  const [first] = await Promise.race([answer, died]);
  died.catch(() => undefined);
  return first;
}
