import { type DeadLetter } from '#shared/contracts/dead-letter.js';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { imageId } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { makeDeadLetter } from '#shared/platform/ledger/dead-letter-writer.js';
import { jobName, jobOptions } from '#shared/platform/queue/contract-producer.js';
import { type JobEvidence } from '#shared/platform/queue/job-evidence.js';
import { TEST_SPACE } from './test-pack.js';

export function embedJob(key: string, rest: Partial<EmbedImagePayload> = {}): EmbedImagePayload {
  return {
    v: 1,
    tenant: 'default',
    lane: 'archive',
    space: TEST_SPACE,
    observedAt: null,
    image: { store: 'archive', key, version: '1' },
    source: { kind: 'import', importId: '1' },
    ...rest,
  };
}

export function deadError(rest: Partial<PipelineError> = {}): PipelineError {
  const { code = 'IMAGE_TOO_LARGE', message = 'too many pixels' } = rest;
  return new PipelineError(code, message, {
    stage: rest.stage ?? 'decode',
    class: rest.class ?? 'quarantine',
  });
}

export function evidenceOf(payload: EmbedImagePayload): JobEvidence {
  const { queue } = embedImageContract;
  const name = jobName(embedImageContract);
  const opts = jobOptions(embedImageContract, payload);
  return {
    job: { queue, name, id: embedImageContract.jobId(payload), data: payload, opts },
    attempts: 1,
    crashes: 0,
    worker: 'embedder@here:1',
    lastCrashedWorker: null,
    addedAt: 1,
  };
}

/** The dead letter of a failed embed-image job. */
export function imageLetter(
  payload: EmbedImagePayload,
  error = deadError(),
  diedAt = Date.now(),
): DeadLetter {
  const { tenant, image, source, space } = payload;
  const id = imageId(tenant, image, space);
  const evidence = evidenceOf(payload);
  return makeDeadLetter({ error, evidence, tenant, imageId: id, image, source, space }, diedAt);
}
