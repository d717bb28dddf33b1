import { parentPort, workerData } from 'node:worker_threads';
import { type ThreadRequest, type ThreadSetup } from '#vision/inference/inference-messages.js';

/** An offset beyond the end of any arena, so that the computation throws. */
const NOWHERE = 1e12;

/**
 * Preloaded into an embedder by a test. Faces of images that are twice as high as wide always make their batch of
 * the embedding network fail.
 */
if (parentPort && (workerData as Partial<ThreadSetup> | null)?.networks) {
  parentPort.on('message', (request: ThreadRequest) => {
    if (request.kind !== 'run' || request.role !== 'embed') return;
    const poison = request.items.filter(({ width, height }) => height >= 2 * width);
    for (const item of poison) Object.assign(item, { offset: NOWHERE });
    if (poison.length > 0) process.stderr.write(`a poison face among ${request.items.length}\n`);
  });
}
