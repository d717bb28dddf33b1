import { Inject, Injectable } from '@nestjs/common';
import { decodeEmbedding } from '#shared/contracts/embedding.js';
import { GallerySpaces } from '../gallery/gallery-spaces.js';
import { FaceFinder, type UploadedImage } from '../images/face-finder.js';
import { imageError } from '../images/image-error.js';
import { largestFace } from '../images/usable-face.js';
import { requiredScore } from '../match-policy.js';
import { type MatcherConfig } from '../matcher.config.js';
import { MODEL_SPACE, type ModelSpace } from '../model-space.js';
import { PeopleService } from '../people/people.service.js';
import { requestError } from '../request-error.js';
import { MATCHER_CONFIG, VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { cosineSimilarity } from './similarity.js';

/** One side of a comparison: what to show of it, and its embeddings. */
interface Side {
  readonly face: Readonly<Record<string, unknown>>;
  readonly vectors: readonly Float32Array[];
}

/** "Are these the same person?" */
@Injectable()
export class VerifyService {
  constructor(
    private readonly finder: FaceFinder,
    private readonly people: PeopleService,
    @Inject(MATCHER_CONFIG) private readonly config: MatcherConfig,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly spaces: GallerySpaces,
  ) {}

  /** Compares the largest usable face of each image; `facesFound` says how many there were. */
  async verifyImages(tenant: string, image1: UploadedImage, image2: UploadedImage) {
    const sides = await bothOrFirstError([
      this.sideOfImage(tenant, image1, 'image1'),
      this.sideOfImage(tenant, image2, 'image2'),
    ]);
    return this.compare(...sides);
  }

  /**
   * Compares the largest usable face with the person's templates. The best one counts, and the more
   * there are the higher the threshold (see requiredScore).
   * @throws PipelineError PERSON_NOT_FOUND (404), NO_TEMPLATES (422), GALLERY_SPACE_MISMATCH (409)
   */
  async verifyPerson(tenant: string, image1: UploadedImage, personId: string) {
    const person = await this.sideOfPerson(tenant, personId);
    return this.compare(await this.sideOfImage(tenant, image1, 'image1'), person);
  }

  private compare(one: Side, other: Side) {
    const falseAcceptRate = this.config.VERIFY_FALSE_ACCEPT_RATE;
    const threshold = requiredScore(
      { measured: this.model.calibrations[0]!.points, falseAcceptRate },
      other.vectors.length,
    );
    const scores = other.vectors.map((vector) => cosineSimilarity(one.vectors[0]!, vector));
    const similarity = Math.max(...scores);
    return {
      same: similarity >= threshold,
      similarity,
      distance: 1 - similarity,
      metric: 'cosine',
      threshold,
      falseAcceptRate,
      space: this.model.space,
      faces: [one.face, other.face],
    };
  }

  private async sideOfImage(tenant: string, image: UploadedImage, field: string): Promise<Side> {
    try {
      const found = await this.finder.findOnce(tenant, image);
      const { embedding, ...face } = largestFace(found, field);
      const { width, height, faces } = found;
      return {
        face: { ...face, width, height, facesFound: faces.length },
        vectors: [decodeEmbedding(embedding, this.model.dimension)],
      };
    } catch (error) {
      throw imageError(error, field);
    }
  }

  private async sideOfPerson(tenant: string, personId: string): Promise<Side> {
    const { name } = await this.people.require(tenant, personId);
    await this.spaces.require(tenant);
    const templates = await this.store.listTemplates(tenant, personId);
    if (templates.length === 0) {
      throw requestError(422, 'NO_TEMPLATES', `person ${personId} has no photograph enrolled`, {
        personId,
      });
    }
    return {
      face: { personId, name, templates: templates.length },
      vectors: templates.map(({ vector }) => vector),
    };
  }
}

/** Waits for both, so that no query image is left behind when one fails. */
async function bothOrFirstError<T>(pair: [Promise<T>, Promise<T>]): Promise<[T, T]> {
  await Promise.allSettled(pair);
  return Promise.all(pair);
}
