import { Inject, Injectable } from '@nestjs/common';
import { type DetectedFace } from '#shared/contracts/detected-face.js';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { assertSameSpace, decodeEmbedding } from '#shared/contracts/embedding.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { makeDeadLetter, RejectedJobs } from '#shared/platform/ledger/dead-letter-writer.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { timed } from '#shared/platform/observability/stage-timer.js';
import { jobName, jobOptions } from '#shared/platform/queue/contract-producer.js';
import { type AddedJob, type JobEvidence } from '#shared/platform/queue/job-evidence.js';
import { type JobHandler } from '#shared/platform/queue/job-handler.js';
import { countEvents } from '../events/event-metrics.js';
import { matchEventOf } from '../events/match-event-of.js';
import { galleryOf } from '../gallery/gallery-spaces.js';
import { PersonRegistry } from '../people/person-registry.js';
import { type Recognition, Recogniser } from '../recognition/recogniser.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { type StoredSighting, VECTORS } from '../vectors/vector-store.port.js';
import { countDecisions, recordEventDelay } from './match-metrics.js';
import { SightingsService } from './sightings.service.js';

/** The job that an image's faces came from. */
function embedAgain(payload: MatchFacesPayload): AddedJob {
  const { tenant, image, source, lane, space, observedAt } = payload;
  const data: EmbedImagePayload = { v: 1, tenant, image, source, lane, space, observedAt };
  const { queue } = embedImageContract;
  const name = jobName(embedImageContract);
  const id = embedImageContract.jobId(data);
  return { queue, name, id, data, opts: jobOptions(embedImageContract, data) };
}

/** What is kept of a face: where and when it was seen, its embedding, and who it was taken for. */
function sightingOf(
  payload: MatchFacesPayload,
  face: DetectedFace,
  vector: Float32Array,
  recognition: Recognition,
  decidedAt: number,
): StoredSighting {
  const { tenant, imageId, image, width, height, source, observedAt } = payload;
  return {
    id: face.faceId,
    tenant,
    imageId,
    image,
    width,
    height,
    source,
    box: face.box,
    cameraId: source.kind === 'camera' ? source.cameraId : null,
    observedAt: observedAt === null ? null : Date.parse(observedAt),
    detectionScore: face.detectionScore,
    quality: face.quality,
    personId: recognition.decision.person?.personId ?? null,
    score: recognition.candidates[0]?.score ?? null,
    metric: recognition.metric,
    decidedAt,
    vector,
  };
}

/** Names the faces of one image: search, decide, record the sightings, tell the world once. */
@Injectable()
export class MatchFacesService implements JobHandler<MatchFacesPayload, null> {
  constructor(
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    private readonly ledger: OutcomeLedger,
    private readonly rejected: RejectedJobs,
    private readonly recogniser: Recogniser,
    private readonly sightings: SightingsService,
    private readonly registry: PersonRegistry,
  ) {}

  async handle(payload: MatchFacesPayload): Promise<null> {
    assertSameSpace(this.model.space, payload.space);
    if (await this.ledger.isFinished(payload.imageId)) return null;
    const vectors = payload.faces.map((face) =>
      decodeEmbedding(face.embedding, this.model.dimension),
    );
    const decidedAt = Date.now();
    const recognitions = await this.recogniseAndRecord(payload, vectors, decidedAt);
    const isFirst = await timed('finish', () =>
      this.ledger.finish({
        imageId: payload.imageId,
        tenant: payload.tenant,
        key: payload.image.key,
        outcome: outcomeOf(recognitions),
        faces: payload.faces.length,
        events: payload.faces.map((face, i) =>
          matchEventOf(payload, face, recognitions[i]!, decidedAt),
        ),
      }),
    );
    if (isFirst) measure(payload, recognitions);
    return null;
  }

  needs({ tenant }: MatchFacesPayload): string[] {
    return [VECTORS, galleryOf(tenant)];
  }

  /**
   * What stops the matcher is never the image's fault: a later import may try again. Embeddings are not
   * kept, so that a replay begins with the image.
   */
  async giveUp(
    payload: MatchFacesPayload,
    error: PipelineError,
    evidence: JobEvidence,
  ): Promise<void> {
    const { tenant, imageId, image, source, space } = payload;
    await this.ledger.finish({
      imageId,
      tenant,
      key: image.key,
      outcome: 'failed',
      error,
      letter: makeDeadLetter({
        error,
        evidence,
        tenant,
        imageId,
        image,
        source,
        space,
        replay: embedAgain(payload),
      }),
      faces: 0,
      events: [],
    });
  }

  async reject(error: PipelineError, evidence: JobEvidence): Promise<void> {
    await this.rejected.keep(error, evidence);
  }

  private async recogniseAndRecord(
    payload: MatchFacesPayload,
    vectors: readonly Float32Array[],
    decidedAt: number,
  ): Promise<Recognition[]> {
    const { tenant, faces } = payload;
    if (faces.length === 0) return [];
    for (;;) {
      const recognitions = await timed('search', () => this.recogniser.recognise(tenant, vectors));
      const sightings = faces.map((face, i) =>
        sightingOf(payload, face, vectors[i]!, recognitions[i]!, decidedAt),
      );
      await timed('write_sightings', () => this.sightings.write(sightings));
      // Someone deleted since the search would stay on the sightings: decide again without them.
      if (await this.allKnown(tenant, recognitions)) return recognitions;
    }
  }

  private async allKnown(tenant: string, recognitions: readonly Recognition[]): Promise<boolean> {
    const named = new Set(recognitions.flatMap(({ decision }) => decision.person?.personId ?? []));
    return (await this.registry.getMany(tenant, [...named])).size === named.size;
  }
}

function measure(payload: MatchFacesPayload, recognitions: readonly Recognition[]): void {
  countDecisions(payload.tenant, recognitions);
  countEvents(recognitions.length);
  if (recognitions.length > 0) recordEventDelay(payload, Date.now());
}

function outcomeOf(recognitions: readonly Recognition[]): 'named' | 'unknown' | 'faceless' {
  if (recognitions.length === 0) return 'faceless';
  return recognitions.some(({ decision }) => decision.person) ? 'named' : 'unknown';
}
