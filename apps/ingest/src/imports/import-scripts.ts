import { PROBLEM_FUNCTIONS } from '#shared/platform/ledger/ledger-scripts.js';

/**
 * The runner of an import writes only while it holds the lease: KEYS[1] is the lease and ARGV[1] the holder's
 * token. All scripts return 1, or 0 when another runner has taken over.
 */
const IF_HELD = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\n`;

/** KEYS: lease. ARGV: token, milliseconds. */
export const RENEW_SCRIPT = `${IF_HELD}
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;

/** KEYS: lease. ARGV: token. */
export const RELEASE_LEASE_SCRIPT = `${IF_HELD}
return redis.call('DEL', KEYS[1])
`;

/** KEYS: lease, pages. ARGV: token, page number, plan. */
export const SAVE_PLAN_SCRIPT = `${IF_HELD}
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1
`;

/**
 * Counts a page whose images are claimed and queued.
 * KEYS: lease, state, log, pages, counts. ARGV: token, page number, '1' after the last page, cursor, log
 * length, listed, skipped, already named, unknown, faceless, refused, the plan of the unfinished images or '',
 * number of error codes of refused images, each code with its count, then the log entries.
 */
export const COMMIT_PAGE_SCRIPT = `${IF_HELD}${PROBLEM_FUNCTIONS}
local state = KEYS[2]
if tonumber(redis.call('HGET', state, 'pages') or '0') ~= tonumber(ARGV[2]) then return 0 end
redis.call('HINCRBY', state, 'pages', 1)
for i, name in ipairs({ 'listed', 'skipped', 'already:named', 'already:unknown', 'already:faceless', 'already:refused' }) do
  redis.call('HINCRBY', state, name, ARGV[5 + i])
end
if ARGV[12] == '' then redis.call('HDEL', KEYS[4], ARGV[2]) else redis.call('HSET', KEYS[4], ARGV[2], ARGV[12]) end
local first = 14 + 2 * tonumber(ARGV[13])
for i = 14, first - 1, 2 do count_problem(KEYS[5], ARGV[i], ARGV[i + 1]) end
for i = first, #ARGV do
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'image', ARGV[i])
end
local status = redis.call('HGET', state, 'status')
if status ~= 'failed' then redis.call('HDEL', state, 'error') end
if ARGV[3] == '1' then
  redis.call('HSET', state, 'listingDone', '1')
  if status == 'listing' then redis.call('HSET', state, 'status', 'running') end
else
  redis.call('HSET', state, 'cursor', ARGV[4])
end
return 1
`;

/**
 * Ends an import whose images all have outcomes.
 * KEYS: lease, state, counts, log, pages, index. ARGV: token, id, now, seconds to keep it, seconds to
 * keep its log.
 */
export const FINISH_IMPORT_SCRIPT = `${IF_HELD}
local status = redis.call('HGET', KEYS[2], 'status')
if status ~= 'cancelled' and status ~= 'failed' then redis.call('HSET', KEYS[2], 'status', 'done') end
redis.call('HSET', KEYS[2], 'finishedAt', ARGV[3])
redis.call('HDEL', KEYS[2], 'rate', 'rateAt')
redis.call('SREM', KEYS[6], ARGV[2])
redis.call('DEL', KEYS[5])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('EXPIRE', KEYS[3], ARGV[4])
redis.call('EXPIRE', KEYS[4], ARGV[5])
return 1
`;

/**
 * Pause, resume, cancel, fail: sets the status if the current status is one of the given ones.
 * KEYS: state. ARGV: new status ('' resumes: listing or running), error or '', allowed current statuses.
 * Returns the status before.
 */
export const TRANSITION_SCRIPT = `
local status = redis.call('HGET', KEYS[1], 'status')
for i = 3, #ARGV do
  if status == ARGV[i] then
    local target = ARGV[1]
    if target == '' then
      target = redis.call('HGET', KEYS[1], 'listingDone') == '1' and 'running' or 'listing'
    end
    redis.call('HSET', KEYS[1], 'status', target)
    if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'error', ARGV[2]) end
    return status
  end
end
return status
`;
