import { type CrashPoint } from '../support/redis-proxy.js';
import { type ServiceName } from './crash-bed.js';

/**
 * All commands that change something in Redis for one image, in their order from the listing to the webhook.
 * `following`: the command is also sent at other times, and only the first one after the given command counts.
 */
export const WRITES: Readonly<Record<ServiceName, readonly Omit<CrashPoint, 'when'>[]>> = {
  ingest: [
    { label: 'INCR' },
    { label: 'MULTI HSET + ZADD + SADD' },
    { label: 'SET' },
    { label: 'save-plan' },
    { label: 'claim-images' },
    { label: 'take-turns' },
    { label: 'addPrioritizedJob embed-image' },
    { label: 'commit-page' },
    { label: 'finish-import' },
    { label: 'release-lease' },
  ],
  embedder: [
    { label: 'moveToActive embed-image' },
    { label: 'addPrioritizedJob match-faces' },
    { label: 'moveToFinished embed-image' },
  ],
  matcher: [
    { label: 'moveToActive match-faces' },
    { label: 'finish-image' },
    { label: 'moveToFinished match-faces' },
    { label: 'XREADGROUP', following: 'finish-image' },
    { label: 'addStandardJob deliver-webhook-ops' },
    { label: 'XACK' },
    { label: 'moveToActive deliver-webhook-ops', following: 'addStandardJob deliver-webhook-ops' },
    { label: 'moveToFinished deliver-webhook-ops' },
  ],
};

/** Commands that change nothing, or nothing of an image: connections, polls, renewals, statistics. */
const NO_WRITES =
  /^(INFO|CLIENT|HELLO|PING|TIME|HGET|HGETALL|HMGET|HKEYS|HDEL|HSET|ZSCORE|ZRANGE|SMEMBERS|EXISTS|XREAD|XREVRANGE|XINFO|XAUTOCLAIM|XGROUP|BZPOPMIN|getCounts .*|cleanJobsInSet .*|extendLocks .*|moveStalledJobsToWait .*|renew-lease|note-rate)$/;

export function isWrite(label: string): boolean {
  return !NO_WRITES.test(label);
}
