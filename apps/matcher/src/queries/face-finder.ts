import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { createHash, randomUUID } from 'node:crypto';
import {
  embedImageContract,
  type EmbedImagePayload,
  type EmbedImageResult,
} from '#shared/contracts/embed-image.contract.js';
import { type ImageRef } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { imageContentType, requireImage, type ImageFiles } from '#shared/platform/http/uploads.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { UPLOADS_STORE } from '#shared/platform/storage/storage.config.js';
import { InjectProducer } from '#shared/platform/queue/queue.module.js';
import { CONFIG, UPLOADS } from '#shared/platform/tokens.js';
import { type MatcherConfig } from '../matcher.config.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';

/** An image that a client uploaded. */
export interface UploadedImage {
  readonly bytes: Buffer;
  readonly contentType: string;
}

/**
 * The image in a field of a multipart request.
 * @throws PipelineError IMAGE_MISSING or IMAGE_EMPTY (400)
 */
export function uploadedImage(files: ImageFiles | undefined, field: string): UploadedImage {
  const file = requireImage(files, field);
  return { bytes: file.buffer, contentType: imageContentType(file) };
}

/** The embedder's answer, and the image in the uploads store that it is about. */
export interface FoundFaces extends EmbedImageResult {
  readonly image: ImageRef;
}

/** Prefix of query images in the uploads store. They are deleted when the query is answered. */
export const QUERY_FOLDER = 'queries/';

/**
 * Asks the embedder for the faces in an uploaded image and waits for the answer, at most
 * QUERY_DEADLINE_MS. Uses the live lane.
 */
@Injectable()
export class FaceFinder implements OnModuleDestroy {
  private readonly logger = new Logger('images');
  private readonly active = new Set<Promise<unknown>>();
  private stopping = false;

  constructor(
    @Inject(CONFIG) private readonly config: MatcherConfig,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    @Inject(UPLOADS) private readonly uploads: ObjectStore,
    @InjectProducer(embedImageContract)
    private readonly embedder: ContractProducer<EmbedImagePayload, EmbedImageResult | null>,
  ) {}

  /**
   * Faces of a query image. The image is deleted before this resolves or rejects. Its key is unique,
   * because another query may use the same picture at the same time.
   */
  async findOnce(tenant: string, upload: UploadedImage): Promise<FoundFaces> {
    const key = `${QUERY_FOLDER}${sha256(upload.bytes)}-${randomUUID()}`;
    const found = this.find(tenant, key, upload, 'query').finally(() => this.discard(key));
    return this.track(found);
  }

  /** Faces of an image that stays in the uploads store under `key`. */
  async findAndKeep(tenant: string, key: string, upload: UploadedImage): Promise<FoundFaces> {
    return this.track(this.find(tenant, key, upload, 'enrolment'));
  }

  /** Faces of an image that is already in the uploads store. */
  async findAgain(tenant: string, image: ImageRef): Promise<FoundFaces> {
    const deadline = Date.now() + this.config.QUERY_DEADLINE_MS;
    return this.track(this.ask(tenant, image, 'enrolment', deadline));
  }

  /** Waits for requests in progress, so that no query image is left in the uploads store. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    await Promise.allSettled(this.active);
  }

  private async find(
    tenant: string,
    key: string,
    upload: UploadedImage,
    kind: 'query' | 'enrolment',
  ): Promise<FoundFaces> {
    if (this.stopping) throw shuttingDown();
    const deadline = Date.now() + this.config.QUERY_DEADLINE_MS;
    const { version } = await this.uploads.put(key, upload.bytes, upload.contentType);
    return this.ask(tenant, { store: UPLOADS_STORE, key, version }, kind, deadline);
  }

  private async ask(
    tenant: string,
    image: ImageRef,
    kind: 'query' | 'enrolment',
    deadline: number,
  ): Promise<FoundFaces> {
    if (this.stopping) throw shuttingDown();
    const payload: EmbedImagePayload = {
      v: 1,
      tenant,
      image,
      deadline,
      source: { kind },
      lane: 'live',
      space: this.model.space,
      observedAt: null,
    };
    const result = await this.embedder.request(payload, deadline - Date.now(), 'query');
    if (result) return { ...result, image };
    throw new PipelineError('NO_RESULT', 'the embedder finished the job without a result', {
      stage: 'query',
      class: 'retry',
    });
  }

  private async track<T>(work: Promise<T>): Promise<T> {
    this.active.add(work);
    try {
      return await work;
    } finally {
      this.active.delete(work);
    }
  }

  private async discard(key: string): Promise<void> {
    try {
      await this.uploads.delete(key);
    } catch (error) {
      this.logger.error(
        `could not delete query image ${key} from the uploads store: ${String(error)}`,
      );
    }
  }
}

function shuttingDown(): PipelineError {
  return new PipelineError(
    'SHUTTING_DOWN',
    'this matcher is shutting down; send the request again',
    {
      stage: 'query',
      class: 'retry',
      httpStatus: 503,
    },
  );
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
