import { type EmbeddingManifest } from '#models/packs/manifest.js';
import { alignFace, type FivePoints } from '#vision/faces/align-face.js';
import { type InferenceConfig } from '#vision/inference.config.js';
import { type NetworkItem } from '#vision/inference/inference-messages.js';
import { InferencePool } from '#vision/inference/inference-pool.js';
import { Networks } from '#vision/inference/networks.js';
import { loadPacks } from '#vision/packs/load-packs.js';

/** Side of the picture that faces are cut from, pixels: as photographs of one face are. */
const SIDE = 250;

/** Eyes, nose and mouth of a face that fills much of it, turned a little. */
const LANDMARKS: FivePoints = [
  [98, 110],
  [152, 116],
  [124, 145],
  [101, 170],
  [144, 174],
];

/** The embedder's own way from a picture with its landmarks to an embedding. */
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

  /** Embeds `count` faces that come at once. */
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
