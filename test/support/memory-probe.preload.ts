import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** Every thread has a heap of its own, and only the main one hears signals. */
const THREADS_COLLECT_EVERY_MS = 2_000;

/** Loaded into a service by NODE_OPTIONS: on SIGUSR2 it collects garbage and writes down what is left. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
if (isMainThread) {
  const folder = process.env.MEMORY_PROBE_DIR!;
  process.on('SIGUSR2', () => {
    collectGarbage();
    // What buffers hold is given back in the background: the second time waits for the first.
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const place = path.join(folder, String(process.pid));
    writeFileSync(`${place}.draft`, JSON.stringify({ heapUsed, arrayBuffers }));
    renameSync(`${place}.draft`, place);
  });
} else {
  setInterval(collectGarbage, THREADS_COLLECT_EVERY_MS).unref();
}
