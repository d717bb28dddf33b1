import { type Redis } from 'ioredis';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  embedImageContract,
  type EmbedImagePayload,
  type EmbedImageResult,
} from '#shared/contracts/embed-image.contract.js';
import { imageId } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { detectedFace } from './faces.js';
import { QUEUE_CONFIG } from './queue-config.js';

/** Contents of a simulated image, whose bytes are this as JSON. All other bytes are not an image. */
export interface MadeUpImage {
  readonly faces: readonly (readonly number[])[];
  readonly unusable?: readonly string[];
  /** Makes two images with the same contents different. */
  readonly salt?: string;
}

/** Bytes of a simulated image that shows one face per vector. */
export function madeUpImage(faces: readonly Float32Array[], rest: Partial<MadeUpImage> = {}): Blob {
  const image: MadeUpImage = { faces: faces.map((vector) => [...vector]), ...rest };
  return new Blob([JSON.stringify(image)], { type: 'image/jpeg' });
}

/**
 * Processes the embed-image queue as an embedder of any model space does, for simulated images in the uploads
 * folder.
 * @param before called before each job, which fails with the error that it throws
 */
export function startStandInEmbedder(
  redis: Redis,
  uploads: string,
  before: (payload: EmbedImagePayload) => Promise<void> = () => Promise.resolve(),
) {
  const seen: EmbedImagePayload[] = [];
  const handle = async (payload: EmbedImagePayload): Promise<EmbedImageResult> => {
    seen.push(payload);
    if (payload.deadline !== undefined && payload.deadline < Date.now()) {
      throw refusal('DEADLINE_EXCEEDED', 'nobody waits for this image any more');
    }
    await before(payload);
    const id = imageId(payload.tenant, payload.image, payload.space);
    const { faces, unusable = [] } = await readMadeUp(path.join(uploads, payload.image.key));
    return {
      imageId: id,
      width: 640,
      height: 480,
      faces: faces.map((vector, index) => detectedFace(id, index, Float32Array.from(vector))),
      unusable: unusable.map((reason) => ({ box: { x: 0, y: 0, width: 9, height: 9 }, reason })),
    };
  };
  const giveUp = () => Promise.resolve();
  const worker = new ContractWorker(
    embedImageContract,
    { handle, giveUp },
    { redis, name: 'stand-in', stage: 'embed', config: QUEUE_CONFIG, concurrency: 8 },
  );
  worker.start();
  return { seen, close: () => worker.close() };
}

async function readMadeUp(file: string): Promise<MadeUpImage> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw refusal('OBJECT_NOT_FOUND', `there is no ${file}`);
  });
  try {
    return JSON.parse(text) as MadeUpImage;
  } catch {
    throw refusal('IMAGE_DAMAGED', 'the file is no image');
  }
}

function refusal(code: string, message: string): PipelineError {
  return new PipelineError(code, message, { stage: 'decode', class: 'quarantine' });
}
