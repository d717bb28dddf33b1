import { Inject, Injectable } from '@nestjs/common';
import { decodeEmbedding } from '#shared/contracts/embedding.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { type ComparedSide } from '#shared/contracts/http/recognition.http.js';
import { GallerySpaces } from '../gallery/gallery-spaces.js';
import { type MatcherConfig } from '../matcher.config.js';
import { noTemplates, PersonRegistry } from '../people/person-registry.js';
import { type MatchPolicy } from '../recognition/match-policy.js';
import { MATCH_POLICY } from '../recognition/recogniser.js';
import { cosineSimilarity, scoreOf, Scores, type Statistics } from '../recognition/scores.js';
import { requireThreshold, thresholdView, type Threshold } from '../recognition/threshold.js';
import { MODEL_SPACE, type ModelSpace, VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { FaceFinder, type UploadedImage } from './face-finder.js';
import { imageError, largestFace } from './usable-face.js';

interface ComparedFace {
  readonly vector: Float32Array;
  readonly statistics: Statistics;
}

/** One side of a comparison: what the response shows of it, and its embeddings. */
interface Side {
  readonly shown: ComparedSide;
  readonly faces: readonly ComparedFace[];
}

/** Verification (1:1): do two images, or an image and an enrolled person, show the same person? */
@Injectable()
export class VerifyService {
  constructor(
    private readonly finder: FaceFinder,
    private readonly registry: PersonRegistry,
    private readonly scores: Scores,
    @Inject(CONFIG) private readonly config: MatcherConfig,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    @Inject(MATCH_POLICY) private readonly policy: MatchPolicy,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly spaces: GallerySpaces,
  ) {}

  /**
   * Compares the largest usable face of each image; `facesFound` is the number of usable faces.
   * @throws PipelineError PACK_UNCALIBRATED (409)
   */
  async verifyImages(tenant: string, image1: UploadedImage, image2: UploadedImage) {
    const threshold = this.required(1);
    const sides = await bothOrFirstError([
      this.sideOfImage(tenant, image1, 'image1'),
      this.sideOfImage(tenant, image2, 'image2'),
    ]);
    return this.compare(...sides, threshold);
  }

  /**
   * Compares the largest usable face with the person's templates; the best score counts. The
   * threshold rises with the number of templates (see requiredScore).
   * @throws PipelineError PERSON_NOT_FOUND (404), NO_TEMPLATES (422), PACK_UNCALIBRATED or
   *   GALLERY_SPACE_MISMATCH (409)
   */
  async verifyPerson(tenant: string, image1: UploadedImage, personId: string) {
    const person = await this.sideOfPerson(tenant, personId);
    const threshold = this.required(person.faces.length);
    return this.compare(await this.sideOfImage(tenant, image1, 'image1'), person, threshold);
  }

  private required(comparisons: number): Threshold {
    return requireThreshold(this.policy, this.config.VERIFY_FALSE_ACCEPT_RATE, comparisons);
  }

  private compare(one: Side, other: Side, threshold: Threshold) {
    const probe = one.faces[0]!;
    const [best] = other.faces
      .map(({ vector, statistics }) => {
        const similarity = cosineSimilarity(probe.vector, vector);
        return { similarity, score: scoreOf(similarity, probe.statistics, statistics) };
      })
      .sort((a, b) => b.score - a.score);
    const { similarity, score } = best!;
    const { metric, source } = this.policy;
    return {
      same: score >= threshold.score,
      score,
      metric,
      ...thresholdView(threshold),
      // The rate of a threshold set by MATCH_THRESHOLD is not known.
      falseAcceptRate: source.kind === 'set' ? null : this.config.VERIFY_FALSE_ACCEPT_RATE,
      similarity,
      distance: 1 - similarity,
      space: this.model.space,
      faces: [one.shown, other.shown],
    };
  }

  private async sideOfImage(tenant: string, image: UploadedImage, field: string): Promise<Side> {
    const { found, face } = await this.faceOf(tenant, image, field);
    const { embedding, ...shown } = face;
    const { width, height, incomplete, faces } = found;
    const vector = decodeEmbedding(embedding, this.model.dimension);
    return {
      shown: {
        ...shown,
        width,
        height,
        ...(incomplete && { incomplete }),
        facesFound: faces.length,
      },
      faces: [{ vector, statistics: await this.scores.probeStatistics(vector) }],
    };
  }

  private async faceOf(tenant: string, image: UploadedImage, field: string) {
    try {
      const found = await this.finder.findOnce(tenant, image);
      return { found, face: largestFace(found, field) };
    } catch (error) {
      throw imageError(error, field);
    }
  }

  private async sideOfPerson(tenant: string, personId: string): Promise<Side> {
    const { name } = await this.registry.require(tenant, personId);
    await this.spaces.require(tenant);
    const templates = await this.store.listTemplates(tenant, personId);
    const statistics = await this.scores.templateStatistics(templates);
    const faces = templates.flatMap(({ id, vector }) => {
      const own = statistics.get(id);
      return own === undefined ? [] : [{ vector, statistics: own }];
    });
    if (faces.length === 0) throw noTemplates(personId);
    return { shown: { personId, name, templates: faces.length }, faces };
  }
}

/** Waits for both even when one fails, so that no query image is left in the uploads store. */
async function bothOrFirstError<T>(pair: [Promise<T>, Promise<T>]): Promise<[T, T]> {
  await Promise.allSettled(pair);
  return Promise.all(pair);
}
