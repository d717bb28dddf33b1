import { eventId } from '#shared/contracts/image-ref.js';
import {
  PERSON_MATCHED,
  PERSON_UNKNOWN,
  type MatchEvent,
} from '#shared/contracts/match-event.contract.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { namedCandidate, type Recognition } from '../recognition/recogniser.js';
import { type StoredSighting } from '../vectors/vector-store.port.js';

/**
 * The sighting that is stored for a face: where and when it was seen, its embedding and the decision.
 * @param decidedAt milliseconds since the epoch
 */
export function sightingOf(
  payload: MatchFacesPayload,
  { face, decision, candidates, metric }: Recognition,
  decidedAt: number,
): StoredSighting {
  const { tenant, imageId, image, width, height, incomplete, source, observedAt } = payload;
  return {
    id: face.faceId,
    tenant,
    imageId,
    image,
    width,
    height,
    incomplete,
    source,
    box: face.box,
    cameraId: source.kind === 'camera' ? source.cameraId : null,
    observedAt: observedAt === null ? null : Date.parse(observedAt),
    detectionScore: face.detectionScore,
    quality: face.quality,
    personId: decision.person?.personId ?? null,
    score: candidates[0]?.score ?? null,
    metric,
    decidedAt,
    vector: face.vector,
  };
}

/**
 * The match event of a face, with the names that people have now.
 * @param decidedAt milliseconds since the epoch
 */
export function matchEventOf(
  payload: MatchFacesPayload,
  recognition: Recognition,
  decidedAt: number,
): MatchEvent {
  const { tenant, imageId, image, width, height, incomplete, source, observedAt, space } = payload;
  const { face, decision, metric, threshold, people } = recognition;
  return {
    specversion: '1.0',
    id: eventId(face.faceId),
    source: `/sightline/${tenant}/${image.store}`,
    type: decision.person ? PERSON_MATCHED : PERSON_UNKNOWN,
    subject: face.faceId,
    time: new Date(decidedAt).toISOString(),
    datacontenttype: 'application/json',
    data: {
      tenant,
      imageId,
      image,
      width,
      height,
      ...(incomplete && { incomplete }),
      source,
      observedAt,
      box: face.box,
      detectionScore: face.detectionScore,
      quality: face.quality,
      space,
      metric,
      threshold: threshold?.score ?? null,
      person: decision.person && namedCandidate(decision.person, people),
      runnerUp: decision.runnerUp && namedCandidate(decision.runnerUp, people),
      reason: decision.reason,
    },
  };
}
