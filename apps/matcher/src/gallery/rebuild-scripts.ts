/**
 * Ends the rebuild when everybody is listed and nobody is left: from then on the galleries are of the
 * space. When not one photograph could be embedded something else is wrong, and they stay what they are.
 * KEYS: rebuild, left, spaces. ARGV: space, now.
 */
const END_IF_OVER = `
if redis.call('HGET', KEYS[1], 'state') ~= 'running' or redis.call('SCARD', KEYS[2]) > 0 then return 0 end
local embedded = tonumber(redis.call('HGET', KEYS[1], 'embedded') or '0')
local failed = tonumber(redis.call('HGET', KEYS[1], 'failed') or '0')
local state = 'failed'
if embedded > 0 or failed == 0 then
  state = 'done'
  for _, tenant in ipairs(redis.call('HKEYS', KEYS[3])) do redis.call('HSET', KEYS[3], tenant, ARGV[1]) end
end
redis.call('HSET', KEYS[1], 'state', state, 'finishedAt', ARGV[2])
redis.call('HDEL', KEYS[1], 'waitsFor')
return 1
`;

/**
 * Begins a rebuild, unless one is under way.
 * KEYS: rebuild, left, failures. ARGV: now. Returns the state before.
 */
export const BEGIN_SCRIPT = `
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'listing' or state == 'running' then return state end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'state', 'listing', 'startedAt', ARGV[1])
return state or ''
`;

/** Adds people who are to be embedded. KEYS: rebuild, left. ARGV: members of `left`. */
export const ADD_SCRIPT = `
local added = 0
for _, member in ipairs(ARGV) do added = added + redis.call('SADD', KEYS[2], member) end
redis.call('HINCRBY', KEYS[1], 'people', added)
return added
`;

/** Everybody is listed. */
export const LISTED_SCRIPT = `
if redis.call('HGET', KEYS[1], 'state') == 'listing' then redis.call('HSET', KEYS[1], 'state', 'running') end
${END_IF_OVER}`;

/**
 * Somebody is done; counted once. KEYS[4]: failures. ARGV[3] on: member of `left`, photographs embedded,
 * photographs failed, then field and value of each failure.
 */
export const DONE_SCRIPT = `
if redis.call('SREM', KEYS[2], ARGV[3]) == 1 then
  redis.call('HINCRBY', KEYS[1], 'embedded', ARGV[4])
  redis.call('HINCRBY', KEYS[1], 'failed', ARGV[5])
  redis.call('HDEL', KEYS[1], 'waitsFor')
  for i = 6, #ARGV, 2 do redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1]) end
end
${END_IF_OVER}`;
