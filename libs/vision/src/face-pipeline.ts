import { type EmbeddingManifest } from '#models/packs/manifest.js';
import { type Region } from './detection/boxes.js';
import { FaceDetector, type LocatedFace, networkItem } from './detection/face-detector.js';
import {
  type FivePoints,
  enlargeBox,
  enlargePoints,
  withinPicture,
} from './detection/landmarks.js';
import { tileScale } from './detection/tile-plan.js';
import { alignFace } from './faces/align-face.js';
import { type AlignedFaces, alignedFace } from './faces/aligned-face.js';
import { assessFace, type FaceFlaw } from './faces/face-quality.js';
import { type AffineMap } from './imaging/affine-map.js';
import { type DecodedImage, type DecoderSettings, ImageDecoder } from './imaging/image-decoder.js';
import { type HeldResources } from './inference/engine.port.js';
import { type NetworkRole } from './inference/inference-messages.js';
import { InferencePool, type PoolFacts } from './inference/inference-pool.js';
import { type BatchSettings, type NetworkStats, Networks } from './inference/networks.js';
import { type ThreadEvents } from './inference/thread-group.js';
import { verifyKnownAnswers } from './packs/known-answer.js';
import { type Packs } from './packs/load-packs.js';
import { NO_OBSERVER, observed, type PipelineObserver } from './pipeline-observer.js';

/** Everything in pixels of the upright picture. */
export interface FoundFace {
  readonly box: Region;
  readonly landmarks: FivePoints;
  /** 0 to 1. */
  readonly detectionScore: number;
  /** 0 to 1. */
  readonly quality: number;
  /** Why it should not be enrolled or answered for; null when nothing speaks against it. */
  readonly flaw: FaceFlaw | null;
  /** Unit norm. Null when its landmarks cannot be aligned. */
  readonly embedding: Float32Array | null;
}

export interface FoundFaces {
  /** Pixels of the upright picture. */
  readonly width: number;
  readonly height: number;
  /** From left to right. */
  readonly faces: readonly FoundFace[];
  /** Faces that were left out, as there are more than the limit. */
  readonly dropped: number;
}

export interface PipelineStats {
  readonly images: number;
  readonly faces: number;
  /** Milliseconds spent decoding, summed over images that were decoded side by side. */
  readonly decodeMs: number;
  /** Bytes of the pixel memory that no image holds. */
  readonly pixelBytesFree: number;
  readonly networks: Readonly<Record<NetworkRole, NetworkStats>>;
  /** What engines keep between runs. */
  readonly held: HeldResources;
}

export interface PipelineSettings extends DecoderSettings, BatchSettings {
  /** Threads that run networks; undefined: as many as suit the device. */
  readonly threads: number | undefined;
  /** Threads that one run of a network spreads over. */
  readonly intraOp: number;
  /** A call that takes longer has hung, milliseconds. */
  readonly timeoutMs: number;
  /** Most faces of a picture: the surest ones. */
  readonly maxFaces: number;
}

/**
 * The model path, from a file's bytes to embedded faces: decode, detect, align, embed. Knows no queue;
 * images that are processed side by side share batches.
 */
export class FacePipeline {
  private readonly detector: FaceDetector;
  private readonly inHand = new Set<Promise<unknown>>();
  private images = 0;
  private faces = 0;

  private constructor(
    private readonly decoder: ImageDecoder,
    private readonly pool: InferencePool,
    private readonly networks: Networks,
    private readonly packs: Packs,
    maxFaces: number,
    private readonly observer: PipelineObserver,
  ) {
    this.detector = new FaceDetector(networks, packs.detection, maxFaces, observer);
  }

  /**
   * Starts the inference threads and checks the packs' known answers.
   * @param onStuck as of InferencePool.open
   * @throws PipelineError MODEL_ANSWER_WRONG; GPU_NOT_USED or TENSORFLOW_UNAVAILABLE; INFERENCE_CRASHED
   *   when a network cannot be loaded
   */
  static async open(
    packs: Packs,
    settings: PipelineSettings,
    onStuck?: ThreadEvents['onStuck'],
    observer: PipelineObserver = NO_OBSERVER,
  ): Promise<FacePipeline> {
    const { detection, embedding } = packs;
    const decoder = new ImageDecoder(
      settings,
      (picture, original) => tileScale(picture, original, detection.detect),
      observer,
    );
    const pool = await InferencePool.open(
      {
        networks: packs.networks,
        memory: decoder.arena.memory,
        maxBatch: settings.maxBatch,
        intraOp: settings.intraOp,
        minScore: detection.minScore,
        maxOverlap: detection.maxOverlap,
      },
      settings.threads,
      settings.timeoutMs,
      onStuck,
    );
    try {
      const inputs = { ...detection, embed: embedding.input };
      for (const manifest of [detection, embedding]) {
        await verifyKnownAnswers(manifest, inputs, (role, input) => pool.probe(role, input));
      }
    } catch (error) {
      await pool.close();
      throw error;
    }
    const networks = new Networks(pool, settings, observer);
    return new FacePipeline(decoder, pool, networks, packs, settings.maxFaces, observer);
  }

  get embedding(): EmbeddingManifest {
    return this.packs.embedding;
  }

  /** @throws PipelineError INFERENCE_CRASHED while a network has no thread */
  check(): void {
    this.pool.check();
  }

  /** What the networks run on. */
  get facts(): PoolFacts {
    return this.pool.facts;
  }

  stats(): PipelineStats {
    return {
      images: this.images,
      faces: this.faces,
      decodeMs: this.decoder.decodeMs,
      pixelBytesFree: this.decoder.arena.freeBytes,
      networks: this.networks.stats(),
      held: this.pool.held,
    };
  }

  /**
   * @param urgent goes before all that is not
   * @throws PipelineError IMAGE_* (quarantine), INFERENCE_* (retry)
   */
  async process(bytes: Buffer, urgent = false): Promise<FoundFaces> {
    return this.withImage(bytes, (image) => this.findFaces(image, urgent));
  }

  /**
   * The faces of a picture as `process` hands them to the embedding network.
   * @throws PipelineError IMAGE_* (quarantine), INFERENCE_* (retry)
   */
  async align(bytes: Buffer): Promise<AlignedFaces> {
    return this.withImage(bytes, async (image) => {
      const located = await this.detector.find(image, false);
      const { memory } = this.decoder.arena;
      const faces = located.faces.flatMap(
        (face) => alignedFace(image, face, memory, this.packs.embedding) ?? [],
      );
      return { ...image.original, faces };
    });
  }

  /** Finishes what it holds and ends the threads. */
  async close(): Promise<void> {
    await Promise.allSettled(this.inHand);
    await this.networks.close();
  }

  private async withImage<T>(bytes: Buffer, use: (image: DecodedImage) => Promise<T>): Promise<T> {
    const work = this.decoder.withImage(bytes, use);
    this.inHand.add(work);
    try {
      return await work;
    } finally {
      this.inHand.delete(work);
    }
  }

  private async findFaces(image: DecodedImage, urgent: boolean): Promise<FoundFaces> {
    const { faces: located, dropped } = await this.detector.find(image, urgent);
    const faces = located.length === 0 ? [] : await this.embedAll(image, located, urgent);
    this.images++;
    this.faces += faces.length;
    return { ...image.original, faces, dropped };
  }

  private async embedAll(
    image: DecodedImage,
    faces: readonly LocatedFace[],
    urgent: boolean,
  ): Promise<FoundFace[]> {
    const { alignment } = this.packs.embedding;
    const begin = performance.now();
    const maps = faces.map(({ landmarks }) => alignFace(landmarks, alignment));
    this.observer.stage('align', begin, performance.now());
    return observed(this.observer, 'embed', () =>
      Promise.all(faces.map((face, i) => this.embed(image, face, maps[i] ?? null, urgent))),
    );
  }

  /** @param map of the embedding network's input to the picture; null when there is none */
  private async embed(
    image: DecodedImage,
    face: LocatedFace,
    map: AffineMap | null,
    urgent: boolean,
  ): Promise<FoundFace> {
    const { input } = this.packs.embedding;
    const output =
      map && (await this.networks.run('embed', networkItem(image, map, input), urgent));
    const box = enlargeBox(face.box, image, image.original);
    const landmarks = enlargePoints(face.landmarks, image, image.original);
    return {
      box: withinPicture(box, image.original),
      landmarks,
      detectionScore: face.box.score,
      ...assessFace(box, landmarks, output?.sharpness ?? 0, image.original),
      embedding: output?.embedding ?? null,
    };
  }
}
