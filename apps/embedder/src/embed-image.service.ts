import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  REDIS_DEPENDENCY,
  storeDependency,
  type Dependency,
} from '#shared/contracts/dependency.js';
import { type DetectedFace } from '#shared/contracts/detected-face.js';
import {
  type EmbedImageResult,
  type EmbedImagePayload,
  imageIdOf,
  isQueryJob,
  wantsResult,
} from '#shared/contracts/embed-image.contract.js';
import { encodeEmbedding, assertSameSpace } from '#shared/contracts/embedding.js';
import { faceId } from '#shared/contracts/image-ref.js';
import {
  matchFacesContract,
  type MatchFacesPayload,
} from '#shared/contracts/match-faces.contract.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { makeDeadLetter, RejectedJobs } from '#shared/platform/ledger/dead-letter-writer.js';
import { OutcomeLedger } from '#shared/platform/ledger/outcome-ledger.js';
import { timed } from '#shared/platform/observability/stage-timer.js';
import { ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { type JobEvidence } from '#shared/platform/queue/job-evidence.js';
import { type JobHandler, PostponeJob } from '#shared/platform/queue/job-handler.js';
import { InjectProducer } from '#shared/platform/queue/queue.module.js';
import { RedisMemory } from '#shared/platform/queue/redis.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { type FoundFace, type FoundFaces, FacePipeline } from '#vision/face-pipeline.js';
import { type EmbedderConfig } from './embedder.config.js';
import { ImageFiles } from './image-files.js';
import { ImportStatuses } from './import-statuses.js';
import { countFaces } from './metrics/pipeline-metrics.js';

/** For an archive: every face that has an embedding, with its quality. */
function allFaces(imageId: string, found: FoundFaces): DetectedFace[] {
  return found.faces.flatMap((face) => {
    const { embedding } = face;
    return embedding ? [detectedFace(imageId, face, embedding)] : [];
  });
}

/** For a query or an enrolment: the usable faces, and why the others are not usable. */
function usableFaces(imageId: string, found: FoundFaces): EmbedImageResult {
  const { width, height, incomplete } = found;
  const size = { width, height, ...(incomplete && { incomplete }) };
  const result: EmbedImageResult = { imageId, ...size, faces: [], unusable: [] };
  for (const face of found.faces) {
    if (face.embedding && !face.flaw) {
      result.faces.push(detectedFace(imageId, face, face.embedding));
    } else {
      result.unusable.push({ box: face.box, reason: face.flaw ?? 'no clear eyes, nose and mouth' });
    }
  }
  return result;
}

function detectedFace(imageId: string, face: FoundFace, embedding: Float32Array): DetectedFace {
  const [leftEye, rightEye, nose, leftMouth, rightMouth] = face.landmarks;
  return {
    faceId: faceId(imageId, face.box),
    box: face.box,
    landmarks: [[...leftEye], [...rightEye], [...nose], [...leftMouth], [...rightMouth]],
    detectionScore: face.detectionScore,
    quality: face.quality,
    embedding: encodeEmbedding(embedding),
  };
}

/** How long an image of a paused import is postponed, milliseconds. */
const PAUSE_MS = 5_000;

/** Embeds one image. Its faces go to the match-faces queue, or back to the caller of a query. */
@Injectable()
export class EmbedImageService implements JobHandler<EmbedImagePayload, EmbedImageResult | null> {
  private readonly logger = new Logger('images');

  constructor(
    @Inject(CONFIG) private readonly config: EmbedderConfig,
    @InjectProducer(matchFacesContract)
    private readonly matcher: ContractProducer<MatchFacesPayload, null>,
    private readonly pipeline: FacePipeline,
    private readonly files: ImageFiles,
    private readonly ledger: OutcomeLedger,
    private readonly rejected: RejectedJobs,
    private readonly imports: ImportStatuses,
    private readonly memory: RedisMemory,
  ) {}

  async handle(payload: EmbedImagePayload): Promise<EmbedImageResult | null> {
    const { space } = this.pipeline.embedding;
    assertSameSpace(space, payload.space);
    checkDeadline(payload);
    const id = imageIdOf(payload);
    if (!wantsResult(payload.source) && !(await this.isWanted(payload, id))) return null;
    await this.requireRoom();
    const found = await this.find(payload);
    countFaces(payload.tenant, found.faces.length);
    if (found.dropped > 0) this.warnOfDropped(payload, found);
    if (wantsResult(payload.source)) return usableFaces(id, found);
    const { tenant, image, source, lane, observedAt } = payload;
    const { width, height, incomplete } = found;
    const faces = allFaces(id, found);
    await timed('hand_over', () =>
      this.matcher.add({
        v: 2,
        tenant,
        imageId: id,
        image,
        width,
        height,
        incomplete,
        source,
        lane,
        space,
        observedAt,
        faces,
      }),
    );
    return null;
  }

  needs({ image }: EmbedImagePayload): Dependency[] {
    return [storeDependency(image.store)];
  }

  async giveUp(
    payload: EmbedImagePayload,
    error: PipelineError,
    evidence: JobEvidence,
  ): Promise<void> {
    const { tenant, image, source, space } = payload;
    if (wantsResult(source)) return;
    const id = imageIdOf(payload);
    const { networks: engine } = this.pipeline.facts;
    await this.ledger.finish({
      imageId: id,
      tenant,
      key: image.key,
      outcome: error.class === 'quarantine' ? 'refused' : 'failed',
      error,
      letter: makeDeadLetter({
        error,
        evidence,
        tenant,
        imageId: id,
        image,
        source,
        space,
        engine,
      }),
      faces: 0,
      events: [],
    });
  }

  async reject(error: PipelineError, evidence: JobEvidence): Promise<void> {
    // The caller of a query waits for the job and gets the error.
    if (!isQueryJob(evidence.job.id)) await this.rejected.keep(error, evidence);
  }

  /** Ends the work when its caller no longer waits. */
  private async find({ image, lane, deadline }: EmbedImagePayload): Promise<FoundFaces> {
    const caller = new AbortController();
    const left = deadline === undefined ? null : Math.max(0, deadline - Date.now());
    const timer = left === null ? null : setTimeout(() => caller.abort(deadlineExceeded()), left);
    const options = { urgent: lane === 'live', signal: caller.signal };
    try {
      return await this.files.withFile(image, deadline, (bytes) =>
        this.pipeline.process(bytes, options),
      );
    } finally {
      if (timer) clearTimeout(timer);
    }
  }

  private warnOfDropped({ image }: EmbedImagePayload, { faces, dropped }: FoundFaces): void {
    this.logger.warn(
      `${image.store}/${image.key} shows ${faces.length + dropped} faces: the ${faces.length} clearest are kept (MAX_FACES_PER_IMAGE)`,
    );
  }

  /**
   * Whether the image still needs an outcome.
   * @throws PostponeJob while its import is paused
   */
  private async isWanted({ source }: EmbedImagePayload, id: string): Promise<boolean> {
    if (source.kind === 'import') {
      const status = await this.imports.get(source.importId);
      if (status === 'paused')
        throw new PostponeJob(PAUSE_MS, `import ${source.importId} is paused`);
      if (status === 'cancelled' && (await this.ledger.release(source.importId, id))) return false;
    }
    return !(await this.ledger.isFinished(id));
  }

  /** @throws PipelineError REDIS_FULL of class wait while the matcher must finish work first */
  private async requireRoom(): Promise<void> {
    const { REDIS_HIGH_WATER } = this.config;
    if ((await this.memory.usedShare()) < REDIS_HIGH_WATER) return;
    throw new PipelineError('REDIS_FULL', 'Redis is nearly full; images wait until it has room', {
      stage: 'embed',
      class: 'wait',
      dependency: REDIS_DEPENDENCY,
      httpStatus: 503,
    });
  }
}

/** @throws PipelineError DEADLINE_EXCEEDED */
function checkDeadline({ deadline }: EmbedImagePayload): void {
  if (deadline !== undefined && Date.now() >= deadline) throw deadlineExceeded();
}

function deadlineExceeded(): PipelineError {
  return new PipelineError('DEADLINE_EXCEEDED', 'the caller no longer waits for this image', {
    stage: 'query',
    class: 'quarantine',
    httpStatus: 504,
  });
}
