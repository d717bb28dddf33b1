import { type DetectedFace } from '#shared/contracts/detected-face.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { type Recognition } from '../recognition/recogniser.js';
import { type StoredSighting } from '../vectors/vector-store.port.js';

/** What is kept of a face: where and when it was seen, its embedding, and who it was taken for. */
export function sightingOf(
  payload: MatchFacesPayload,
  face: DetectedFace,
  vector: Float32Array,
  recognition: Recognition,
  decidedAt: number,
): StoredSighting {
  const { tenant, imageId, image, width, height, source, observedAt } = payload;
  return {
    id: face.faceId,
    ...{ tenant, imageId, image, width, height, source },
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
