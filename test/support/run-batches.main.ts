import { roomFor, runInBuckets } from '#vision/inference/batch-buckets.js';
import { type Batching, type HeldResources } from '#vision/inference/engine.port.js';
import { inputLength } from '#vision/inference/network-input.js';
import { type NetworkSetup } from '#vision/inference/inference-messages.js';
import { openEngine } from '#vision/inference/open-engine.js';

/** The request to this process. */
export interface BatchesRequest {
  readonly network: NetworkSetup;
  /** Replaces the default of the device. */
  readonly batching: Batching;
  /** Number of items of each batch, taken from the start of `items`. */
  readonly counts: readonly number[];
  /** All items, one after the other. */
  readonly items: Float32Array;
}

export interface BatchesAnswer {
  /** The first output of the last batch. */
  readonly last: Float32Array;
  readonly before: HeldResources;
  readonly after: HeldResources;
  readonly closed: HeldResources;
  /** Resident bytes after every so many batches, garbage collected. */
  readonly resident: readonly number[];
}

const SAMPLE_EVERY = 20;

// Runs in a separate process, so that its memory is that of the engine, and its arrays are those of the runtime.
async function run({ network, batching, counts, items }: BatchesRequest): Promise<BatchesAnswer> {
  const engine = await openEngine(network, 1);
  const before = engine.held;
  const length = inputLength(network.input);
  const buffer = new Float32Array(roomFor(Math.max(...counts)) * length);
  buffer.set(items);
  const forced = { facts: engine.facts, held: before, batching, close: () => Promise.resolve() };
  const engineOf = { ...forced, run: engine.run.bind(engine) };
  const resident: number[] = [];
  let last = new Float32Array();
  for (const [index, count] of counts.entries()) {
    const [output] = (await runInBuckets(engineOf, buffer, count, length)).values();
    last = output!.slice();
    if (index % SAMPLE_EVERY > 0) continue;
    globalThis.gc!();
    resident.push(process.memoryUsage.rss());
  }
  const after = engine.held;
  await engine.close();
  return { last, before, after, closed: engine.held, resident };
}

process.once('message', (request: BatchesRequest) => {
  void run(request).then((answer) => process.send!(answer, () => process.exit(0)));
});
