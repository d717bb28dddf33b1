import { type EmbeddingManifest } from '#models/packs/manifest.js';
import { FaceDetector, type LocatedFace } from './detection/face-detector.js';
import { enlargePoints } from './detection/landmarks.js';
import { tileScale } from './detection/tile-plan.js';
import { alignFace, type FivePoints } from './faces/align-face.js';
import { assessFace, type FaceFlaw } from './faces/face-quality.js';
import { type DecodeOptions } from './imaging/decoder-processes.js';
import { type AffineMap, enlargeBox, type Region, withinPicture } from './imaging/geometry.js';
import { type DecodedImage, type DecoderSettings, ImageDecoder } from './imaging/image-decoder.js';
import { type HeldResources } from './inference/engine.port.js';
import { type NetworkRole } from './inference/inference-messages.js';
import { InferencePool, type PoolFacts } from './inference/inference-pool.js';
import { inputLength, networkItem, sampleItem } from './inference/network-input.js';
import { type BatchSettings, type NetworkStats, Networks } from './inference/networks.js';
import { type ThreadEvents } from './inference/thread-group.js';
import { verifyKnownAnswers } from './packs/known-answer.js';
import { type Packs } from './packs/load-packs.js';
import { NO_OBSERVER, observed, type PipelineObserver } from './pipeline-observer.js';

/** A detected face. All coordinates are pixels of the upright picture. */
export interface FoundFace {
  readonly box: Region;
  readonly landmarks: FivePoints;
  /** 0 to 1. */
  readonly detectionScore: number;
  /** 0 to 1. */
  readonly quality: number;
  /** Why the face should be neither enrolled nor identified; null when it is good enough. */
  readonly flaw: FaceFlaw | null;
  /** L2 norm 1. Null when the landmarks cannot be aligned. */
  readonly embedding: Float32Array | null;
}

export interface FoundFaces {
  /** Size of the upright picture, pixels. */
  readonly width: number;
  readonly height: number;
  /** Whether the file ends before the picture does. */
  readonly incomplete: boolean;
  /** From left to right. */
  readonly faces: readonly FoundFace[];
  /** Number of faces beyond `maxFaces`, which are not in `faces`. */
  readonly dropped: number;
}

/** A face as the embedding network receives it. */
export interface AlignedFace {
  /** Pixels of the upright picture. */
  readonly box: Region;
  /** The aligned crop, normalised, in the layout of the manifest's `input`. */
  readonly input: Float32Array;
}

export interface AlignedFaces {
  /** Size of the upright picture, pixels. */
  readonly width: number;
  readonly height: number;
  /** From left to right, without faces whose landmarks cannot be aligned. */
  readonly faces: readonly AlignedFace[];
}

export interface PipelineStats {
  readonly images: number;
  readonly faces: number;
  /** Milliseconds spent on decoding, summed over images that are decoded in parallel. */
  readonly decodeMs: number;
  /** Unused bytes of the pixel memory. */
  readonly pixelBytesFree: number;
  readonly networks: Readonly<Record<NetworkRole, NetworkStats>>;
  /** Resources that engines keep between runs. */
  readonly held: HeldResources;
}

export interface PipelineSettings extends DecoderSettings, BatchSettings {
  /** Number of inference threads; undefined: as many as suit the device. */
  readonly threads: number | undefined;
  /** Number of threads that one run of a network uses. */
  readonly intraOp: number;
  /** A call to a network that takes longer counts as hung. Milliseconds. */
  readonly timeoutMs: number;
  /** Maximum number of faces of a picture; those with the highest scores are kept. */
  readonly maxFaces: number;
}

/**
 * From the bytes of an image file to embedded faces: decode, detect, align, embed. Knows no queue.
 * Images that are processed at the same time share batches.
 */
export class FacePipeline {
  private readonly detector: FaceDetector;
  private readonly active = new Set<Promise<unknown>>();
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
   * Starts the inference threads and verifies the known answers of the packs.
   * @param onStuck see InferencePool.open
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

  /** The runtimes and devices that run the networks. */
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
   * Finds and embeds the faces of a picture.
   * @throws PipelineError IMAGE_* (quarantine), INFERENCE_* or DECODER_CRASHED (retry); the reason of the signal
   */
  async process(bytes: Buffer, options: DecodeOptions = {}): Promise<FoundFaces> {
    return this.withImage(bytes, (image) => this.findFaces(image, options), options);
  }

  /**
   * Finds the faces of a picture and cuts them out as `process` passes them to the embedding network.
   * @throws PipelineError IMAGE_* (quarantine), INFERENCE_* (retry)
   */
  async align(bytes: Buffer): Promise<AlignedFaces> {
    return this.withImage(bytes, async (image) => {
      const located = await this.detector.find(image, false);
      const faces = located.faces.flatMap((face) => this.cutOut(image, face) ?? []);
      return { ...image.original, faces };
    });
  }

  /** Finishes the images in progress and ends the threads. */
  async close(): Promise<void> {
    await Promise.allSettled(this.active);
    this.decoder.close();
    await this.networks.close();
  }

  private async withImage<T>(
    bytes: Buffer,
    use: (image: DecodedImage) => Promise<T>,
    options?: DecodeOptions,
  ): Promise<T> {
    const work = this.decoder.withImage(bytes, use, options);
    this.active.add(work);
    try {
      return await work;
    } finally {
      this.active.delete(work);
    }
  }

  private async findFaces(
    image: DecodedImage,
    { urgent = false, signal }: DecodeOptions,
  ): Promise<FoundFaces> {
    const { faces: located, dropped } = await this.detector.find(image, urgent);
    signal?.throwIfAborted();
    const faces = located.length === 0 ? [] : await this.embedAll(image, located, urgent);
    this.images++;
    this.faces += faces.length;
    return { ...image.original, incomplete: image.incomplete, faces, dropped };
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

  /** @param map maps the embedding network's input to the picture; null when the face cannot be aligned */
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

  /** @returns null when the landmarks cannot be aligned */
  private cutOut(image: DecodedImage, { box, landmarks }: LocatedFace): AlignedFace | null {
    const { input, alignment } = this.packs.embedding;
    const map = alignFace(landmarks, alignment);
    if (!map) return null;
    const pixels = new Float32Array(input.width * input.height * 3);
    const target = new Float32Array(inputLength(input));
    const item = networkItem(image, map, input);
    sampleItem(item, this.decoder.arena.memory, input, pixels, target);
    return { box: enlargeBox(box, image, image.original), input: target };
  }
}
