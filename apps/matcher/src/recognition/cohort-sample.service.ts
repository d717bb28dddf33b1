import { Inject, Injectable } from '@nestjs/common';
import { encodeEmbedding } from '#shared/contracts/embedding.js';
import { eachPage } from '../each-page.js';
import { type MatcherConfig } from '../matcher.config.js';
import { cosineSimilarity } from '../queries/verify.service.js';
import { requestError } from '../request-error.js';
import { MATCHER_CONFIG, MODEL_SPACE, type ModelSpace, VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { samePersonSimilarity } from './threshold.js';

/** Faces of which no two are of one person, taken as they come. */
class DistinctFaces {
  private readonly taken: Float32Array[] = [];

  /**
   * @param samePerson cosine similarity from which on two faces are taken for one person
   * @param wanted most faces
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

interface SampleRequest {
  /** Most strangers. */
  readonly count: number;
  /** Of a sighting, 0 to 1. */
  readonly minQuality: number;
  /** Cosine similarity from which on two faces are taken for one person; the pack's unless given. */
  readonly samePerson?: number | undefined;
}

const PAGE = 256;
/** An archive in which nobody new comes up any more is not read to its end. */
const MOST_LOOKED_AT_EACH = 100;

/** Strangers for a cohort, from what was seen: a sample of the unknown, and nobody who is enrolled. */
@Injectable()
export class CohortSampleService {
  constructor(
    @Inject(MATCHER_CONFIG) private readonly config: MatcherConfig,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
  ) {}

  /**
   * Sightings come in the order of their ids, which are digests: the first are as random a sample as
   * any, and the same archive gives the same strangers.
   * @throws PipelineError SAME_PERSON_UNKNOWN (422)
   */
  async sample(tenant: string, { count, minQuality, samePerson }: SampleRequest) {
    const limit = samePerson ?? this.samePersonOfPack();
    const strangers = new DistinctFaces(limit, count);
    let lookedAt = 0;
    const pages = eachPage((from) =>
      this.store.listSightings(tenant, { personId: null }, { limit: PAGE, ...from }),
    );
    for await (const { items } of pages) {
      const good = items.filter(({ quality }) => quality >= minQuality).map(({ id }) => id);
      for (const face of await this.notEnrolled(tenant, good, limit)) strangers.offer(face);
      lookedAt += items.length;
      if (strangers.complete || lookedAt >= count * MOST_LOOKED_AT_EACH) break;
    }
    const { space, dimension } = this.model;
    const embeddings = strangers.faces.map(encodeEmbedding);
    return { space, dimension, samePerson: limit, sightings: lookedAt, embeddings };
  }

  private samePersonOfPack(): number {
    const similarity = samePersonSimilarity(this.model, this.config.DETECTION_PACK);
    if (similarity !== undefined) return similarity;
    throw requestError(
      422,
      'SAME_PERSON_UNKNOWN',
      `model pack ${this.model.name} does not say from which cosine similarity on two faces are one ` +
        'person; send it as samePerson',
    );
  }

  /** Embeddings of the sightings that are like no template. */
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
