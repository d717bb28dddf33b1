import { type Redis } from 'ioredis';
import { eventId, faceId, imageId } from '#shared/contracts/image-ref.js';
import {
  PERSON_MATCHED,
  PERSON_UNKNOWN,
  type MatchEvent,
} from '#shared/contracts/match-event.contract.js';
import { EVENT_STREAM } from '#shared/platform/ledger/keys.js';
import { TEST_SPACE } from './test-pack.js';

/** The event of the face in an image named `key`. */
export function matchEvent(key: string, rest: Partial<MatchEvent['data']> = {}): MatchEvent {
  const tenant = rest.tenant ?? 'default';
  const image = { store: 'archive', key, version: '1' };
  const id = imageId(tenant, image, TEST_SPACE);
  const box = { x: 0, y: 0, width: 10, height: 10 };
  const face = faceId(id, box);
  return {
    specversion: '1.0',
    id: eventId(face),
    source: `/sightline/${tenant}/archive`,
    type: rest.person ? PERSON_MATCHED : PERSON_UNKNOWN,
    subject: face,
    time: '2026-01-02T03:04:05.000Z',
    datacontenttype: 'application/json',
    data: {
      tenant,
      imageId: id,
      image,
      box,
      width: 640,
      height: 480,
      detectionScore: 0.9,
      quality: 0.8,
      source: { kind: 'import', importId: '1' },
      observedAt: null,
      space: TEST_SPACE,
      metric: 'cosine',
      threshold: 0.5,
      person: null,
      runnerUp: null,
      reason: rest.person ? null : 'below-threshold',
      ...rest,
    },
  };
}

/** Puts events on the stream as the ledger does. */
export async function emit(redis: Redis, ...events: MatchEvent[]): Promise<string[]> {
  const ids: string[] = [];
  for (const event of events) {
    const fields = ['tenant', event.data.tenant, 'event', JSON.stringify(event)];
    ids.push((await redis.xadd(EVENT_STREAM, '*', ...fields))!);
  }
  return ids;
}
