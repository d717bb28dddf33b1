import { Inject, Injectable } from '@nestjs/common';
import {
  galleryDependency,
  VECTOR_STORE_DEPENDENCY,
  type Dependency,
} from '#shared/contracts/dependency.js';
import {
  embedImageContract,
  type EmbedImagePayload,
} from '#shared/contracts/embed-image.contract.js';
import { assertSameSpace } from '#shared/contracts/embedding.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { makeDeadLetter, RejectedJobs } from '#shared/platform/ledger/dead-letter-writer.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { timed } from '#shared/platform/observability/stage-timer.js';
import { jobName, jobOptions } from '#shared/platform/queue/contract-producer.js';
import { type AddedJob, type JobEvidence } from '#shared/platform/queue/job-evidence.js';
import { type JobHandler } from '#shared/platform/queue/job-handler.js';
import { PersonRegistry } from '../people/person-registry.js';
import { probeOf, type Probe } from '../recognition/match-policy.js';
import { Recogniser, type Recognition } from '../recognition/recogniser.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { matchEventOf, sightingOf } from './face-records.js';
import { measureMatch } from './match-metrics.js';
import { SightingsService } from './sightings.service.js';

/**
 * Handles the match queue: searches the gallery for the faces of one image, decides who they are,
 * records the sightings, and finishes the image with one event per face.
 */
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
    const faces = payload.faces.map((face) => probeOf(face, this.model.dimension));
    const decidedAt = Date.now();
    const recognitions = await this.recogniseAndRecord(payload, faces, decidedAt);
    const isFirst = await timed('finish', () =>
      this.ledger.finish({
        imageId: payload.imageId,
        tenant: payload.tenant,
        key: payload.image.key,
        outcome: outcomeOf(recognitions),
        faces: faces.length,
        events: recognitions.map((recognition) => matchEventOf(payload, recognition, decidedAt)),
      }),
    );
    if (isFirst) measureMatch(payload, recognitions);
    return null;
  }

  needs({ tenant }: MatchFacesPayload): Dependency[] {
    return [VECTOR_STORE_DEPENDENCY, galleryDependency(tenant)];
  }

  /**
   * A job fails here because of the matcher, not because of the image, so a later import may try the
   * image again. Embeddings are not kept in the dead letter: a replay starts with the image.
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
        replay: embedJobOf(payload),
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
    faces: readonly Probe[],
    decidedAt: number,
  ): Promise<Recognition[]> {
    const { tenant } = payload;
    if (faces.length === 0) return [];
    for (;;) {
      const recognitions = await timed('search', () => this.recogniser.recognise(tenant, faces));
      const sightings = recognitions.map((recognition) =>
        sightingOf(payload, recognition, decidedAt),
      );
      await timed('write_sightings', () => this.sightings.write(sightings));
      // A person who was deleted after the search must not stay on the sightings: decide again.
      if (await this.allExist(tenant, recognitions)) return recognitions;
    }
  }

  private async allExist(tenant: string, recognitions: readonly Recognition[]): Promise<boolean> {
    const named = new Set(recognitions.flatMap(({ decision }) => decision.person?.personId ?? []));
    return (await this.registry.getMany(tenant, [...named])).size === named.size;
  }
}

/** The embed job that found the image's faces. */
function embedJobOf(payload: MatchFacesPayload): AddedJob {
  const { tenant, image, source, lane, space, observedAt } = payload;
  const data: EmbedImagePayload = { v: 1, tenant, image, source, lane, space, observedAt };
  const { queue } = embedImageContract;
  const name = jobName(embedImageContract);
  const id = embedImageContract.jobId(data);
  return { queue, name, id, data, opts: jobOptions(embedImageContract, data) };
}

function outcomeOf(recognitions: readonly Recognition[]): 'named' | 'unknown' | 'faceless' {
  if (recognitions.length === 0) return 'faceless';
  return recognitions.some(({ decision }) => decision.person) ? 'named' : 'unknown';
}
