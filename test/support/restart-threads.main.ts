import {
  type NetworkItem,
  type ThreadRequest,
  type ThreadSetup,
} from '#vision/inference/inference-messages.js';
import { InferenceThreadClient } from '#vision/inference/inference-thread-client.js';
import { inferenceConfigSchema } from '#vision/inference.config.js';
import { loadPacks } from '#vision/packs/load-packs.js';

/** Resident bytes after every so many restarts, garbage collected. */
const SAMPLE_EVERY = 5;
const HANG_MS = 200;

// A process of its own, so that its memory is that of the threads. By turns a thread crashes and hangs.
const [modelsDir, restarts] = [process.argv[2]!, Number(process.argv[3])];
const { networks, detection } = await loadPacks(
  inferenceConfigSchema.parse({ MODELS_DIR: modelsDir }),
);
const { minScore, maxOverlap } = detection;
const memory = new SharedArrayBuffer(64 * 64 * 3);
const setup: ThreadSetup = { networks, memory, maxBatch: 8, intraOp: 1, minScore, maxOverlap };
const map = { a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0 };
const healthy: NetworkItem = { offset: 0, width: 64, height: 64, columns: 17, rows: 23, map };
/** Takes years to sample. */
const endless: NetworkItem = { ...healthy, columns: 1e9, rows: 1e9 };

const resident: number[] = [];
const ends: string[] = [];
for (let index = 0; index < restarts; index++) {
  const hangs = index % 2 === 1;
  const client = new InferenceThreadClient(setup, hangs ? HANG_MS : 20_000);
  await client.facts;
  if (!hangs) await client.call({ kind: 'run', role: 'embed', items: [healthy] });
  const broken = hangs
    ? client.call({ kind: 'run', role: 'embed', items: [endless] })
    : client.call(null as unknown as Extract<ThreadRequest, { kind: 'run' }>);
  ends.push(await broken.then(String, (error: unknown) => (error as { code: string }).code));
  await client.exited;
  if ((index + 1) % SAMPLE_EVERY > 0) continue;
  globalThis.gc!();
  resident.push(process.memoryUsage.rss());
}
process.send!({ resident, ends }, () => process.exit(0));
