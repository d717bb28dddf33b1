import { KEY_PREFIX } from '../queue/redis-connection.js';

/**
 * Redis stream of match events. Entry fields: `tenant`, `event` (CloudEvents 1.0 JSON), and
 * `traceparent` (W3C trace context) where the image's trace is kept.
 */
export const EVENT_STREAM = `${KEY_PREFIX}:events`;
/** Entries it is trimmed to, about, unless a setting says otherwise: some 0.25 GB. */
export const EVENT_STREAM_LENGTH = 200_000;
