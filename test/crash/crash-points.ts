import { type CrashPoint } from '../support/redis-proxy.js';
import { type ServiceName } from './crash-bed.js';

/**
 * Every command by which a service changes something in Redis for one image, in the order of its way from
 * the listing to the webhook. `following`: the command is also sent at other times; meant is the one
 * after that.
 */
export const WRITES: Readonly<Record<ServiceName, readonly Omit<CrashPoint, 'when'>[]>> = {
  ingest: [
    { label: 'INCR' },
    { label: 'MULTI HSET + ZADD + SADD' },
    { label: 'SET' },
    { label: 'SAVE_PLAN_SCRIPT' },
    { label: 'CLAIM_SCRIPT' },
    { label: 'addPrioritizedJob embed-image' },
    { label: 'COMMIT_PAGE_SCRIPT' },
    { label: 'FINISH_IMPORT_SCRIPT' },
    { label: 'RELEASE_LEASE_SCRIPT' },
  ],
  embedder: [
    { label: 'moveToActive embed-image' },
    { label: 'addPrioritizedJob match-faces' },
    { label: 'moveToFinished embed-image' },
  ],
  matcher: [
    { label: 'moveToActive match-faces' },
    { label: 'FINISH_SCRIPT' },
    { label: 'moveToFinished match-faces' },
    { label: 'XREADGROUP', following: 'FINISH_SCRIPT' },
    { label: 'addStandardJob deliver-webhook-ops' },
    { label: 'XACK' },
    { label: 'moveToActive deliver-webhook-ops', following: 'addStandardJob deliver-webhook-ops' },
    { label: 'moveToFinished deliver-webhook-ops' },
  ],
};

/** Commands that change nothing, or nothing of an image: connections, polls, renewals, figures for people. */
const NO_WRITES =
  /^(INFO|CLIENT|HELLO|PING|TIME|HGET|HGETALL|HMGET|HKEYS|HDEL|HSET|ZSCORE|ZRANGE|SMEMBERS|EXISTS|XREAD|XREVRANGE|XINFO|XAUTOCLAIM|XGROUP|BZPOPMIN|getCounts .*|cleanJobsInSet .*|extendLocks .*|moveStalledJobsToWait .*|RENEW_SCRIPT)$/;

export function isWrite(label: string): boolean {
  return !NO_WRITES.test(label);
}
