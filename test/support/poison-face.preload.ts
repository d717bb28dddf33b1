import { parentPort, workerData } from 'node:worker_threads';
import { type ThreadRequest, type ThreadSetup } from '#vision/inference/inference-messages.js';

/** Past the end of any arena: what computes on it throws. */
const NOWHERE = 1e12;

/**
 * Loaded into an embedder by a test: faces of pictures that are twice as high as wide break the batch in
 * which they come to the embedding network, every time.
 */
if (parentPort && (workerData as Partial<ThreadSetup> | null)?.networks) {
  parentPort.on('message', (request: ThreadRequest) => {
    if (request.kind !== 'run' || request.role !== 'embed') return;
    const poison = request.items.filter(({ width, height }) => height >= 2 * width);
    for (const item of poison) Object.assign(item, { offset: NOWHERE });
    if (poison.length > 0) process.stderr.write(`a poison face among ${request.items.length}\n`);
  });
}
