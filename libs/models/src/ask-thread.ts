import { type Transferable, Worker } from 'node:worker_threads';

/** Maximum JavaScript heap of the thread. Typed arrays are not part of it. */
const HEAP_MIB = 512;

/**
 * Starts a thread, waits for its single reply and terminates it in any case.
 * @throws Error when it crashes, ends without a reply or takes longer than `timeoutMs`
 */
export async function askThread<Reply>(
  thread: URL,
  workerData: object,
  options: { readonly timeoutMs: number; readonly transfer?: readonly Transferable[] },
): Promise<Reply> {
  const { timeoutMs, transfer = [] } = options;
  const worker = new Worker(thread, {
    workerData,
    transferList: [...transfer],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    stdout: true,
    stderr: true,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Reply>((resolve, reject) => {
      const fail = (reason: string) => reject(new Error(reason));
      worker.once('message', resolve);
      worker.once('messageerror', reject);
      worker.once('error', reject);
      worker.once('exit', (code) => fail(`the thread ended with code ${code}`));
      timer = setTimeout(
        fail,
        timeoutMs,
        `the thread took longer than ${timeoutMs / 1000} seconds`,
      );
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
