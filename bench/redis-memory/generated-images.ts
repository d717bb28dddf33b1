import { type DeadLetter } from '#shared/contracts/dead-letter.js';
import { type DeliverWebhookPayload } from '#shared/contracts/deliver-webhook.contract.js';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { imageId, type ImageRef } from '#shared/contracts/image-ref.js';
import { type MatchEvent } from '#shared/contracts/match-event.contract.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { makeDeadLetter } from '#shared/platform/ledger/dead-letter-writer.js';
import { type PagePlan } from '../../apps/ingest/src/imports/plan-page.js';
import { matchFacesJob } from '../../test/support/faces.js';
import { matchEvent } from '../../test/support/match-events.js';
import { TEST_SPACE } from '../../test/support/test-pack.js';
import { seededUniform } from '../gpu-bundle/networks/seeded-random.js';

const TENANT = 'default';
/** FaceNet's. */
const DIMENSION = 512;

/** The `index`-th image of an archive that is laid out as cameras do it, with an S3 ETag for its version. */
export function generatedImage(index: number): ImageRef {
  const folder = String(Math.floor(index / 1_000)).padStart(6, '0');
  const version = index.toString(16).padStart(32, '0');
  return { store: 'archive', key: `photographs/${folder}/IMG_${index}.jpg`, version };
}

export function generatedId(index: number): string {
  return imageId(TENANT, generatedImage(index), TEST_SPACE);
}

export function embedJob(index: number): EmbedImagePayload {
  return {
    v: 1,
    tenant: TENANT,
    image: generatedImage(index),
    source: { kind: 'import', importId: '1' },
    lane: 'archive',
    space: TEST_SPACE,
    observedAt: '2026-01-02T03:04:05.000Z',
  };
}

/** With one face, whose embedding has FaceNet's dimension. */
export function matchJob(index: number): MatchFacesPayload {
  const random = seededUniform(index);
  const vector = Float32Array.from({ length: DIMENSION }, () => random() - 0.5);
  const image = generatedImage(index);
  return matchFacesJob(image.key, [vector], { image });
}

/** A page of an import, as it is written down until its images are done. */
export function generatedPage(from: number, count: number): PagePlan {
  const images = Array.from({ length: count }, (_, i) => generatedImage(from + i));
  return {
    images: images.map(({ key, version }) => [key, version, '2026-01-02T03:04:05.000Z'] as const),
    skipped: 0,
    cursor: null,
  };
}

export function deliveryJob(index: number): DeliverWebhookPayload {
  return { v: 1, hook: 'bench', event: generatedEvent(index) };
}

/** Of an image that was refused by an embedder with the usual three networks. */
export function generatedLetter(index: number, error: PipelineError): DeadLetter {
  const [data, id] = [embedJob(index), generatedId(index)];
  const network = { engine: 'onnxruntime', device: 'cpu', precision: 'fp32' };
  return makeDeadLetter({
    error,
    tenant: TENANT,
    imageId: id,
    image: data.image,
    source: data.source,
    space: TEST_SPACE,
    engine: ['detect', 'landmarks', 'embed'].map((role) => ({
      ...network,
      role,
      pack: 'facenet512',
    })),
    evidence: {
      job: {
        queue: embedImageContract.queue,
        name: 'embed-image.v1',
        id,
        data,
        opts: {
          jobId: id,
          priority: 1,
          attempts: 5,
          removeOnComplete: true,
          removeOnFail: true,
          backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
        },
      },
      attempts: 1,
      crashes: 0,
      worker: 'embedder@host-0123456789:12345',
      lastCrashedWorker: null,
      addedAt: 1_767_225_600_000,
    },
  });
}

/** Of a face that is named, with another person who is alike: the longest there is. */
export function generatedEvent(index: number): MatchEvent {
  const image = generatedImage(index);
  const candidate = (personId: string) => ({
    personId,
    name: 'Alexandra Montgomery',
    score: 0.8123456789012345,
  });
  return matchEvent(image.key, {
    imageId: generatedId(index),
    image,
    observedAt: '2026-01-02T03:04:05.000Z',
    threshold: 0.512345678901234,
    person: candidate('0123456789abcdef'),
    runnerUp: candidate('fedcba9876543210'),
  });
}
