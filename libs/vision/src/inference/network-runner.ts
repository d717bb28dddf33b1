import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { decodeBoxes, suppressNonMaxima } from '../detection/boxes.js';
import { sharpness } from '../faces/face-quality.js';
import { bucketsUpTo, roomFor, runInBuckets } from './batch-buckets.js';
import { type Engine } from './engine.port.js';
import {
  type NetworkItem,
  type NetworkOutputs,
  type NetworkRole,
  type NetworkSetup,
  type ProbeReply,
  type RunReply,
  type ThreadSetup,
} from './inference-messages.js';
import { copyInput, imageOf, inputLength, isCopy, sampleItem } from './network-input.js';

/** One network in an inference thread. Buffers are allocated once. */
export class NetworkRunner {
  private readonly pixels: Float32Array;
  private readonly batch: Float32Array;

  constructor(
    readonly engine: Engine,
    private readonly network: NetworkSetup,
    private readonly setup: Omit<ThreadSetup, 'networks'>,
  ) {
    const { input } = network;
    this.pixels = new Float32Array(input.width * input.height * 3);
    this.batch = new Float32Array(inputLength(input) * roomFor(setup.maxBatch));
  }

  /**
   * Runs every batch size once on a GPU. A GPU compiles kernels for each size, TensorRT for minutes;
   * during normal work that would count as a hang.
   */
  async warmUp(): Promise<void> {
    if (this.engine.facts.device === 'cpu') return;
    const length = inputLength(this.network.input);
    for (const size of bucketsUpTo(this.setup.maxBatch)) {
      await this.engine.run(this.batch.subarray(0, size * length), size);
    }
  }

  /** @param items no more than `maxBatch` */
  async run(items: readonly NetworkItem[]): Promise<RunReply> {
    const startedAt = performance.now();
    const length = inputLength(this.network.input);
    const sharpnesses = items.map((item, index) => {
      const target = this.batch.subarray(index * length, (index + 1) * length);
      return this.prepare(item, target);
    });
    const preparedAt = performance.now();
    const outputs = await runInBuckets(this.engine, this.batch, items.length, length);
    const ranAt = performance.now();
    return {
      outputs: items.map((_, index) =>
        this.decode(outputs, index, items.length, sharpnesses[index]!),
      ),
      prepareMs: preparedAt - startedAt + (performance.now() - ranAt),
      networkMs: ranAt - preparedAt,
    };
  }

  /** Runs one normalised input and returns all outputs unchanged. */
  async probe(input: Float32Array): Promise<ProbeReply> {
    return this.engine.run(input, 1);
  }

  /** Fills one item of the batch. @returns sharpness of the crop for the embedding network, otherwise 0 */
  private prepare(item: NetworkItem, target: Float32Array): number {
    const { map, columns, rows } = item;
    const { input } = this.network;
    if (this.network.role === 'detect' && isCopy(map, input)) {
      copyInput(imageOf(item, this.setup.memory), map, columns, rows, input, target);
      return 0;
    }
    sampleItem(item, this.setup.memory, input, this.pixels, target);
    return this.network.role === 'embed' ? sharpness(this.pixels, columns, rows) : 0;
  }

  private decode(
    outputs: ReadonlyMap<string, Float32Array>,
    index: number,
    count: number,
    sharpnessOfItem: number,
  ): NetworkOutputs[NetworkRole] {
    const { minScore, maxOverlap } = this.setup;
    switch (this.network.role) {
      case 'detect': {
        const scores = itemOf(named(outputs, 'scores'), index, count);
        const boxes = itemOf(named(outputs, 'boxes'), index, count);
        return suppressNonMaxima(
          decodeBoxes(scores, boxes, this.network.input, minScore),
          maxOverlap,
        );
      }
      case 'landmarks':
        return itemOf(firstOf(outputs), index, count).slice();
      case 'embed':
        return {
          embedding: unitVector(itemOf(firstOf(outputs), index, count)),
          sharpness: sharpnessOfItem,
        };
    }
  }
}

function itemOf(values: Float32Array, index: number, count: number): Float32Array {
  const length = values.length / count;
  return values.subarray(index * length, (index + 1) * length);
}

function named(outputs: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const values = outputs.get(name);
  if (!values) throw new Error(`the network has no output ${name}`);
  return values;
}

function firstOf(outputs: ReadonlyMap<string, Float32Array>): Float32Array {
  const [values] = outputs.values();
  if (!values) throw new Error('the network has no output');
  return values;
}

/** Scales `values` to L2 norm 1. @throws Error when they have no direction (all zero, or not finite) */
export function unitVector(values: Float32Array): Float32Array {
  let squares = 0;
  for (const value of values) squares += value * value;
  const norm = Math.sqrt(squares);
  if (!(norm > 1e-6) || !Number.isFinite(norm)) {
    throw new Error(`the network returned an embedding with norm ${norm}`);
  }
  return values.map((value) => value / norm);
}

/**
 * Lowers the priority of the calling thread, not of its process, so that event loops that renew locks
 * and answer probes get a core at once while inference is busy. Linux only: there, priorities belong to
 * threads and /proc has the id of a thread.
 */
export function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
}
