import { Inject, Injectable } from '@nestjs/common';
import { probeOf, type MatchPolicy } from '../recognition/match-policy.js';
import {
  namedCandidate,
  MATCH_POLICY,
  Recogniser,
  type Recognition,
} from '../recognition/recogniser.js';
import { thresholdView } from '../recognition/threshold.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { FaceFinder, type FoundFaces, type UploadedImage } from './face-finder.js';
import { imageError } from './usable-face.js';

/** Identification (1:N): who are the people in an image? */
@Injectable()
export class IdentifyService {
  constructor(
    private readonly finder: FaceFinder,
    private readonly recogniser: Recogniser,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    @Inject(MATCH_POLICY) private readonly policy: MatchPolicy,
  ) {}

  /** Every face of the image with its best `limit` people. An image without a face gives an empty list. */
  async identify(tenant: string, image: UploadedImage, limit: number) {
    const found = await this.find(tenant, image);
    const faces = found.faces.map((face) => probeOf(face, this.model.dimension));
    const recognitions = await this.recogniser.recognise(tenant, faces, Math.max(2, limit));
    return {
      width: found.width,
      height: found.height,
      ...(found.incomplete && { incomplete: true }),
      space: this.model.space,
      metric: this.policy.metric,
      ...thresholdView(await this.recogniser.threshold(tenant)),
      faces: recognitions.map((recognition) => faceView(recognition, limit)),
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

/** A face and its best people, as the API shows them. */
function faceView(recognition: Recognition, limit: number) {
  const { face, decision, threshold, candidates, people } = recognition;
  return {
    faceId: face.faceId,
    box: face.box,
    detectionScore: face.detectionScore,
    quality: face.quality,
    decision: decision.person ? ('person' as const) : ('unknown' as const),
    reason: decision.reason,
    ...thresholdView(threshold),
    candidates: candidates.slice(0, limit).map((candidate) => namedCandidate(candidate, people)),
  };
}
