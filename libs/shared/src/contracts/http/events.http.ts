import { z } from 'zod';
import { MATCH_EVENT_TYPES, matchEventSchema, PERSON_MATCHED } from '../match-event.contract.js';
import { httpError } from './errors.js';
import { route } from './route.js';

export const eventsHttp = {
  stream: route({
    id: 'streamEvents',
    method: 'GET',
    path: '/v1/events',
    tag: 'Events',
    access: 'tenant',
    summary: 'Stream match events as they happen',
    description:
      'Server-sent events; the data of each one is a CloudEvents 1.0 JSON event. The stream starts with new events, or after the event named by `Last-Event-ID`. It never ends by itself; during a shutdown it is closed, and the client reconnects.',
    query: z.strictObject({
      type: z
        .preprocess(
          (value) => (typeof value === 'string' ? [value] : value),
          z.array(z.enum(MATCH_EVENT_TYPES)).optional(),
        )
        .meta({ description: 'Only these types; repeat the parameter for several.' }),
      personId: z.string().optional().meta({ description: 'Only events of this person.' }),
      cameraId: z.string().optional().meta({ description: 'Only events of this camera.' }),
      lastEventId: z.string().optional().meta({
        description:
          'For clients that cannot set the header `Last-Event-ID`. `0-0`: from the oldest event that is kept.',
      }),
    }),
    headers: z.object({
      'last-event-id': z
        .string()
        .optional()
        .meta({ description: 'Id of the last event that the client has read.' }),
    }),
    status: 200,
    mediaType: 'text/event-stream',
    response: matchEventSchema.meta({ id: 'MatchEvent' }),
    errors: {
      LAST_EVENT_ID_INVALID: httpError(400, '`Last-Event-ID` is not an id of this stream.'),
      TOO_MANY_STREAMS: httpError(
        429,
        'This matcher has EVENT_STREAMS open streams, or EVENT_STREAMS_PER_TENANT of this tenant. Close one, or try again after the seconds in the header `Retry-After`.',
      ),
    },
    example: {
      query: { lastEventId: '0-0' },
      response: {
        specversion: '1.0',
        id: 'c157a79031e1c40f85931829bc5fc552',
        source: '/sightline/default/archive',
        type: PERSON_MATCHED,
        subject: '591785b794601e212b260e25925636fd',
        time: '2026-01-31T12:00:02.000Z',
        datacontenttype: 'application/json',
        data: {
          tenant: 'default',
          imageId: '3f2b8c1d9e4a5f60718293a4b5c6d7e8',
          image: { store: 'archive', key: '2024/a.jpg', version: '1' },
          width: 640,
          height: 480,
          source: { kind: 'import', importId: '1' },
          observedAt: '2024-05-06T07:08:09+02:00',
          box: { x: 120, y: 80, width: 96, height: 120 },
          detectionScore: 0.98,
          quality: 0.83,
          space: 'arcface@1+arcface-112',
          metric: 'cosine',
          threshold: 0.42,
          person: { personId: 'ada', name: 'Ada Lovelace', score: 0.71 },
          runnerUp: null,
          reason: null,
        },
      },
    },
  }),
};
