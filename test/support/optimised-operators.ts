import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { decodeGraph } from '#models/onnx/onnx-graph.js';

/** Number of operators by type that ONNX Runtime runs after its optimisations. */
export async function optimisedOperators(network: Uint8Array): Promise<Record<string, number>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sightline-optimised-'));
  try {
    const file = path.join(folder, 'optimised.onnx');
    const thread = new Worker(new URL('./optimised-operators.thread.js', import.meta.url), {
      workerData: { network, file },
    });
    await once(thread, 'message');
    const counts: Record<string, number> = {};
    for (const { op_type } of decodeGraph(await readFile(file)).graph.node) {
      counts[op_type] = (counts[op_type] ?? 0) + 1;
    }
    return counts;
  } finally {
    await rm(folder, { recursive: true });
  }
}
