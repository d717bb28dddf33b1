import { KEY_PREFIX } from '../queue/redis-connection.js';

/**
 * Redis stream of match events. Entry fields: `tenant`, `event` (CloudEvents 1.0 JSON).
 * Trimmed to about EVENT_STREAM_LENGTH entries.
 */
export const EVENT_STREAM = `${KEY_PREFIX}:events`;
export const EVENT_STREAM_LENGTH = 1_000_000;
