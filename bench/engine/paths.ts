import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type EmbeddingManifest } from '#models/packs/manifest.js';
import { alignFace, type FivePoints } from '#vision/faces/align-face.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { type NetworkItem } from '#vision/inference/inference-messages.js';
import { InferencePool } from '#vision/inference/inference-pool.js';
import { disableTelemetry } from '#vision/inference/inference-thread-client.js';
import { Networks } from '#vision/inference/networks.js';
import { loadPacks } from '#vision/packs/load-packs.js';
import { type RawSetup } from './raw-onnx.thread.js';

/** Side length of the picture in pixels, as in the photographs of Labeled Faces in the Wild. */
const SIDE = 250;

/** Eyes, nose and mouth of a large, slightly rotated face. */
const LANDMARKS: FivePoints = [
  [98, 110],
  [152, 116],
  [124, 145],
  [101, 170],
  [144, 174],
];

/** The path of the embedder from a picture with landmarks to an embedding. */
export class EmbedPath {
  private constructor(
    readonly pool: InferencePool,
    private readonly networks: Networks,
    private readonly item: NetworkItem,
  ) {}

  static async open(config: InferenceConfig, threads: number): Promise<EmbedPath> {
    const { networks, embedding } = await loadPacks(config);
    const memory = new SharedArrayBuffer(SIDE * SIDE * 3);
    new Uint8Array(memory).forEach((_, i, pixels) => (pixels[i] = 128 + 127 * Math.sin(i / 50)));
    const setup = {
      networks: networks.filter(({ role }) => role === 'embed'),
      memory,
      maxBatch: config.BATCH_SIZE,
      intraOp: config.INFERENCE_INTRA_OP,
      minScore: 0,
      maxOverlap: 0,
    };
    const pool = await InferencePool.open(setup, threads, config.INFERENCE_TIMEOUT_MS);
    const batching = { maxBatch: config.BATCH_SIZE, maxWaitMs: config.BATCH_WAIT_MS };
    return new EmbedPath(pool, new Networks(pool, batching), alignedItem(embedding));
  }

  /** Embeds `count` faces at the same time. */
  async run(count: number): Promise<void> {
    await Promise.all(
      Array.from({ length: count }, () => this.networks.run('embed', this.item, false)),
    );
  }

  close(): Promise<void> {
    return this.networks.close();
  }
}

function alignedItem({ input, alignment }: EmbeddingManifest): NetworkItem {
  const map = alignFace(LANDMARKS, alignment)!;
  const { width: columns, height: rows } = input;
  return { offset: 0, width: SIDE, height: SIDE, map, columns, rows };
}

const THREAD = new URL('./raw-onnx.thread.js', import.meta.url);

/** Runs an .onnx file on ONNX Runtime alone, in its own threads. */
export class RawOnnx {
  private constructor(private readonly threads: readonly Worker[]) {}

  static async open(setup: RawSetup, count: number): Promise<RawOnnx> {
    disableTelemetry();
    const threads = Array.from({ length: count }, () => new Worker(THREAD, { workerData: setup }));
    await Promise.all(threads.map((thread) => once(thread, 'message')));
    return new RawOnnx(threads);
  }

  /** Runs `batches` batches in each thread, in parallel. */
  async run(batches: number): Promise<void> {
    await Promise.all(
      this.threads.map((thread) => {
        const done = once(thread, 'message');
        thread.postMessage(batches);
        return done;
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}
