import { Inject, Injectable } from '@nestjs/common';
import { encodeEmbedding } from '#shared/contracts/embedding.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { eachPage } from '../each-page.js';
import { type MatcherConfig } from '../matcher.config.js';
import { requestError } from '../request-error.js';
import { MODEL_SPACE, VECTOR_STORE, type ModelSpace } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { cosineSimilarity } from './scores.js';
import { samePersonSimilarity } from './threshold.js';

interface SampleRequest {
  /** Maximum number of strangers. */
  readonly count: number;
  /** Lowest quality of a sighting, 0 to 1. */
  readonly minQuality: number;
  /** Cosine similarity at which two faces count as one person. Default: the pack's. */
  readonly samePerson?: number | undefined;
}

/** Sightings in one page. */
const PAGE = 256;
/** Stop after this many sightings per wanted stranger: an archive may hold few different people. */
const MAX_SIGHTINGS_PER_STRANGER = 100;

/** Samples strangers for a cohort: sightings that were not named, without people who are enrolled. */
@Injectable()
export class CohortSampleService {
  constructor(
    @Inject(CONFIG) private readonly config: MatcherConfig,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
  ) {}

  /**
   * Reads sightings in the order of their ids. Ids are digests, so the first ones are a random
   * sample, and the same archive always gives the same strangers.
   * @throws PipelineError SAME_PERSON_UNKNOWN (422)
   */
  async sample(tenant: string, { count, minQuality, samePerson }: SampleRequest) {
    const limit = samePerson ?? this.samePersonOfPack();
    const strangers = new DistinctFaces(limit, count);
    let read = 0;
    const pages = eachPage((from) =>
      this.store.listSightings(tenant, { personId: null }, { limit: PAGE, ...from }),
    );
    for await (const { items } of pages) {
      const good = items.filter(({ quality }) => quality >= minQuality).map(({ id }) => id);
      for (const face of await this.notEnrolled(tenant, good, limit)) strangers.offer(face);
      read += items.length;
      if (strangers.complete || read >= count * MAX_SIGHTINGS_PER_STRANGER) break;
    }
    const { space, dimension } = this.model;
    const embeddings = strangers.faces.map(encodeEmbedding);
    return { space, dimension, samePerson: limit, sightings: read, embeddings };
  }

  private samePersonOfPack(): number {
    const similarity = samePersonSimilarity(this.model, this.config.DETECTION_PACK);
    if (similarity !== undefined) return similarity;
    throw requestError(
      422,
      'SAME_PERSON_UNKNOWN',
      `model pack ${this.model.name} has no cosine similarity at which two faces count as one ` +
        'person; send it as samePerson',
    );
  }

  /** Embeddings of the sightings that are not similar to any template. */
  private async notEnrolled(
    tenant: string,
    ids: readonly string[],
    samePerson: number,
  ): Promise<Float32Array[]> {
    const vectors = await this.store.sightingVectors(tenant, ids);
    const faces = ids.flatMap((id) => vectors.get(id) ?? []);
    const nearest = await this.store.searchTemplates(
      faces.map((vector) => ({ tenant, vector, limit: 1 })),
    );
    return faces.filter((_, i) => !nearest[i]!.some(({ score }) => score >= samePerson));
  }
}

/** Collects faces until there are enough, and skips a second face of the same person. */
class DistinctFaces {
  private readonly taken: Float32Array[] = [];

  /**
   * @param samePerson cosine similarity at which two faces count as one person
   * @param wanted maximum number of faces
   */
  constructor(
    private readonly samePerson: number,
    private readonly wanted: number,
  ) {}

  get faces(): readonly Float32Array[] {
    return this.taken;
  }

  get complete(): boolean {
    return this.taken.length >= this.wanted;
  }

  offer(face: Float32Array): void {
    if (this.complete) return;
    if (this.taken.some((other) => cosineSimilarity(face, other) >= this.samePerson)) return;
    this.taken.push(face);
  }
}
