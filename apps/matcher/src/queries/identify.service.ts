import { Inject, Injectable } from '@nestjs/common';
import { decodeEmbedding } from '#shared/contracts/embedding.js';
import { type MatchPolicy } from '../recognition/match-policy.js';
import { MATCH_POLICY, Recogniser, type Recognition } from '../recognition/recogniser.js';
import { thresholdView } from '../recognition/threshold.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { FaceFinder, type FoundFaces, type UploadedImage } from './face-finder.js';
import { imageError } from './usable-face.js';

/** "Who are these people?" */
@Injectable()
export class IdentifyService {
  constructor(
    private readonly finder: FaceFinder,
    private readonly recogniser: Recogniser,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    @Inject(MATCH_POLICY) private readonly policy: MatchPolicy,
  ) {}

  /** Every face of the image with its best `limit` people; no face is an empty list, no error. */
  async identify(tenant: string, image: UploadedImage, limit: number) {
    const found = await this.find(tenant, image);
    const vectors = found.faces.map(({ embedding }) =>
      decodeEmbedding(embedding, this.model.dimension),
    );
    const recognitions = await this.recogniser.recognise(tenant, vectors, Math.max(2, limit));
    return {
      width: found.width,
      height: found.height,
      space: this.model.space,
      metric: this.policy.metric,
      ...thresholdView(await this.recogniser.threshold(tenant)),
      faces: found.faces.map(({ faceId, box, detectionScore, quality }, i) => ({
        faceId,
        box,
        detectionScore,
        quality,
        ...answer(recognitions[i]!, limit),
      })),
      unusable: found.unusable,
    };
  }

  private async find(tenant: string, image: UploadedImage): Promise<FoundFaces> {
    try {
      return await this.finder.findOnce(tenant, image);
    } catch (error) {
      throw imageError(error, 'image');
    }
  }
}

function answer({ decision, threshold, candidates, people }: Recognition, limit: number) {
  return {
    decision: decision.person ? ('person' as const) : ('unknown' as const),
    reason: decision.reason,
    ...thresholdView(threshold),
    candidates: candidates.slice(0, limit).map(({ personId, score }) => ({
      personId,
      name: people.get(personId)?.name ?? personId,
      score,
    })),
  };
}
