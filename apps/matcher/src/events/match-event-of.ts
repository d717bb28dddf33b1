import { type DetectedFace } from '#shared/contracts/detected-face.js';
import { eventId } from '#shared/contracts/image-ref.js';
import {
  PERSON_MATCHED,
  PERSON_UNKNOWN,
  type MatchCandidate,
  type MatchEvent,
} from '#shared/contracts/match-event.contract.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { type RankedPerson } from '../recognition/match-policy.js';
import { type Recognition } from '../recognition/recogniser.js';

/** The one event of a face. People go by the names they have now. */
export function matchEventOf(
  payload: MatchFacesPayload,
  face: DetectedFace,
  recognition: Recognition,
  decidedAt: number,
): MatchEvent {
  const { tenant, imageId, image, width, height, source, observedAt, space } = payload;
  const { decision, metric, threshold } = recognition;
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
      source,
      observedAt,
      box: face.box,
      detectionScore: face.detectionScore,
      quality: face.quality,
      space,
      metric,
      threshold: threshold?.score ?? null,
      person: candidate(decision.person, recognition),
      runnerUp: candidate(decision.runnerUp, recognition),
      reason: decision.reason,
    },
  };
}

function candidate(ranked: RankedPerson | null, { people }: Recognition): MatchCandidate | null {
  if (!ranked) return null;
  const { personId, score } = ranked;
  return { personId, name: people.get(personId)?.name ?? personId, score };
}
