import { seededRandom } from '#models/accuracy/people-bootstrap.js';
import { type DeadLetter } from '#shared/contracts/dead-letter.js';
import { type DeliverWebhookPayload } from '#shared/contracts/deliver-webhook.contract.js';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { imageId, type ImageRef } from '#shared/contracts/image-ref.js';
import { type MatchEvent } from '#shared/contracts/match-event.contract.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { type Outcome } from '#shared/contracts/outcome.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { makeDeadLetter } from '#shared/platform/ledger/dead-letter-writer.js';
import { type OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { matchFacesJob } from '../../test/support/faces.js';
import { matchEvent } from '../../test/support/match-events.js';
import { type PlannedPage } from '../../test/support/plan-pages.js';
import { TEST_SPACE } from '../../test/support/test-pack.js';

const TENANT = 'default';
/** FaceNet's. */
const DIMENSION = 512;

/** The image number `index` of an archive with the folders of a camera. Its version looks like an S3 ETag. */
function generatedImage(index: number): ImageRef {
  const folder = String(Math.floor(index / 1_000)).padStart(6, '0');
  const version = index.toString(16).padStart(32, '0');
  return { store: 'archive', key: `photographs/${folder}/IMG_${index}.jpg`, version };
}

function generatedId(index: number): string {
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

/** A job with one face, whose embedding has FaceNet's dimension. */
export function matchJob(index: number): MatchFacesPayload {
  const random = seededRandom(index);
  const vector = Float32Array.from({ length: DIMENSION }, () => random() - 0.5);
  const image = generatedImage(index);
  return matchFacesJob(image.key, [vector], { image });
}

/** The plan of a page, which is stored until its images are done. */
export function generatedPage(from: number, count: number): PlannedPage {
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

/** The dead letter of an image that was refused by an embedder with three networks. */
function generatedLetter(index: number, error: PipelineError): DeadLetter {
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

/** The event of a named face with a runner-up: the longest kind of event. */
function generatedEvent(index: number): MatchEvent {
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

const PAGE = 1_000;
const ERROR = new PipelineError('IMAGE_UNREADABLE', 'VipsJpeg: premature end of JPEG image', {
  stage: 'decode',
  class: 'quarantine',
});

/** Claims generated images for an import and finishes them with the same outcome. A named image has one event. */
export async function fillLedger(
  ledger: OutcomeLedger,
  importId: string,
  from: number,
  to: number,
  outcome: Outcome,
): Promise<void> {
  await inPages(from, to, async (indexes) => {
    await ledger.claim(importId, indexes.map(generatedId));
    const finished = indexes.map((index) =>
      ledger.finish({
        imageId: generatedId(index),
        tenant: 'default',
        key: generatedImage(index).key,
        outcome,
        ...(outcome === 'refused' && { error: ERROR, letter: generatedLetter(index, ERROR) }),
        faces: 0,
        events: outcome === 'named' ? [generatedEvent(index)] : [],
      }),
    );
    await Promise.all(finished);
  });
}

export async function inPages(
  from: number,
  to: number,
  work: (indexes: readonly number[]) => Promise<unknown>,
): Promise<void> {
  for (let start = from; start < to; start += PAGE) {
    await work(Array.from({ length: Math.min(PAGE, to - start) }, (_, i) => start + i));
  }
}
