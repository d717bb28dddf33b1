import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** Each thread has its own heap, and only the main thread receives signals. */
const THREADS_COLLECT_EVERY_MS = 2_000;

/** Preloaded into a service with NODE_OPTIONS. On SIGUSR2 it collects garbage and writes the used memory to a file. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
if (isMainThread) {
  const folder = process.env.MEMORY_PROBE_DIR!;
  process.on('SIGUSR2', () => {
    collectGarbage();
    // Memory of buffers is freed in the background. The second collection waits for that of the first.
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const place = path.join(folder, String(process.pid));
    writeFileSync(`${place}.draft`, JSON.stringify({ heapUsed, arrayBuffers }));
    renameSync(`${place}.draft`, place);
  });
} else {
  setInterval(collectGarbage, THREADS_COLLECT_EVERY_MS).unref();
}
