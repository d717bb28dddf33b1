import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { type EmbeddingManifest } from '#models/packs/manifest.js';
import { type FacePipeline, type FoundFace, type FoundFaces } from '#vision/face-pipeline.js';
import { NETWORK_ROLES } from '#vision/inference/inference-messages.js';
import { MicroBatcher } from '#vision/inference/micro-batcher.js';
import { randomUnitVector } from './vector-records.js';

const imageSchema = z.strictObject({ name: z.string(), faces: z.array(z.string()) });

/** Contents of a simulated image, whose bytes are this as JSON. The same word is the same face. */
type StandInImage = z.infer<typeof imageSchema>;

export function standInBytes(image: StandInImage): Buffer {
  return Buffer.from(JSON.stringify(image));
}

interface StandInModelOptions {
  readonly embedding: EmbeddingManifest;
  /** Maximum number of images in a batch. */
  readonly maxBatch: number;
  readonly maxWaitMs: number;
  /** Duration of a batch of any size, milliseconds. */
  readonly delayMs: number;
  /** Called with the images of each batch after it. */
  onBatch(names: readonly string[]): void;
}

/**
 * A model path with one simulated device, which takes a fixed time for each batch and runs one batch at a time, like
 * a GPU. The faces are generated from the words of the image.
 */
export class StandInModel implements Pick<FacePipeline, keyof FacePipeline> {
  private readonly batcher: MicroBatcher<StandInImage, FoundFaces>;
  private faces = 0;

  constructor(private readonly options: StandInModelOptions) {
    const { maxBatch: maxSize, maxWaitMs } = options;
    const settings = { maxSize, maxWaitMs, maxRunning: 1 };
    this.batcher = new MicroBatcher((images) => this.run(images), settings);
  }

  get embedding(): EmbeddingManifest {
    return this.options.embedding;
  }

  get facts() {
    return { threads: 1, networks: [] };
  }

  check(): void {
    // The simulated networks cannot crash.
  }

  stats() {
    const { items, batches } = this.batcher.counters;
    const none = { items: 0, batches: 0, prepareMs: 0, networkMs: 0 };
    const [detect, landmarks, embed] = NETWORK_ROLES;
    return {
      images: items,
      faces: this.faces,
      decodeMs: 0,
      pixelBytesFree: 0,
      networks: {
        [detect]: { ...none, items, batches, networkMs: batches * this.options.delayMs },
        [landmarks]: none,
        [embed]: none,
      },
      held: { sessions: 0, tensors: 0 },
    };
  }

  process(bytes: Buffer, { urgent = false } = {}): Promise<FoundFaces> {
    return this.batcher.add(imageSchema.parse(JSON.parse(bytes.toString())), urgent);
  }

  align(): Promise<never> {
    return Promise.reject(new Error('a stand-in draws nothing'));
  }

  close(): Promise<void> {
    return this.batcher.close();
  }

  private async run(images: readonly StandInImage[]): Promise<FoundFaces[]> {
    const { delayMs, embedding, onBatch } = this.options;
    if (delayMs > 0) await sleep(delayMs);
    onBatch(images.map(({ name }) => name));
    return images.map(({ faces }) => {
      this.faces += faces.length;
      const found = faces.map((word, index) => foundFace(word, index, embedding.dimension));
      const size = { width: 60 * (faces.length + 1), height: 480 };
      return { ...size, incomplete: false, faces: found, dropped: 0 };
    });
  }
}

/** The `index`-th face of an image, 50 pixels high. */
function foundFace(word: string, index: number, dimension: number): FoundFace {
  const [left, top] = [60 * index, 10];
  return {
    box: { x: left, y: top, width: 40, height: 50 },
    landmarks: [
      [left + 10, top + 15],
      [left + 30, top + 15],
      [left + 20, top + 25],
      [left + 12, top + 38],
      [left + 28, top + 38],
    ],
    detectionScore: 0.9,
    quality: 0.8,
    flaw: null,
    embedding: randomUnitVector(seededRandom(seedOf(word)), dimension),
  };
}

/** A seed for `seededRandom` that depends only on the word. */
function seedOf(word: string): number {
  return createHash('sha256').update(word).digest().readUInt32LE();
}
